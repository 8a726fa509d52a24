//! `deskbell`: the binary.

use std::process::ExitCode;

/// Under a load of webhooks the allocator decides how many are acknowledged (decision 26).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
