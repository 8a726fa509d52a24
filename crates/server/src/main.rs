//! `deskbell`: the binary.

use std::process::ExitCode;

/// A webhook makes many small allocations on one thread and frees them on another, which this allocator does with less work
/// than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
