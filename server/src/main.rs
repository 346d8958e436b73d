use mimalloc::MiMalloc;
use std::process::ExitCode;

// The system's keeps what a burst took: 200 sign-ups left 650 MB behind, the
// memory that hashing their passwords needed once. Figures: docs/PERFORMANCE.md.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

#[allow(
    unsafe_code,
    reason = "the allocators' own functions, which no crate offers"
)]
mod allocators {
    // SAFETY: declared as in the headers; both may be called at any time.
    unsafe extern "C" {
        pub safe fn mi_collect(force: bool);
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        pub safe fn malloc_trim(pad: usize) -> i32;
    }
}

fn give_back() {
    allocators::mi_collect(true);
    // SQLite's memory is the system's allocator's.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    allocators::malloc_trim(0);
}

fn main() -> ExitCode {
    // A session has a socket, and systems begin with 1,024: as many as this
    // process may ask for by itself. Where that is refused, it stays as it is.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    whahook::cli::run(give_back)
}
