use mimalloc::MiMalloc;
use std::process::ExitCode;

// The system's keeps what a burst took: 200 sign-ups left 650 MB behind, the
// memory that hashing their passwords needed once. Figures: docs/PERFORMANCE.md.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // A session has a socket, and systems begin with 1,024: as many as this
    // process may ask for by itself. Where that is refused, it stays as it is.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    whahook::cli::run()
}
