use std::process::ExitCode;

fn main() -> ExitCode {
    whahook::cli::run()
}
