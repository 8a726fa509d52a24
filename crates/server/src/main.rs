//! `deskbell`: the binary.

use std::process::ExitCode;

/// Under a load of webhooks glibc's allocator took a quarter of the time (decision 26).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
