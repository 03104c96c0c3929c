//! The `chancery` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    chancery_node::run(std::env::args_os()).into()
}
