//! The command tree: what can be said on the command line, before anything is done.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{
    audit, breaches, card, clock, completions, config, consent, disclosures, doctor, import, init, key, list, man,
    obligations, openapi, peer, publish, quarantine, recover, reindex, reload, run, session, show, status, sync,
    treaty, why, withdraw,
};
use crate::consent::Consent;
use crate::directory::NodeDirectory;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::talk::{Loudness, Talk};

/// The node of one country in the exchange of police information.
///
/// Standard output carries data, standard error everything else. Exit codes: 0 done, 1 error, 2 usage, 3 nothing found,
/// 4 not allowed here, 5 refused by a treaty or law, 6 the other country cannot be reached, 7 partly done, 75 the daemon is
/// not running, 78 the configuration cannot be used.
#[derive(Parser, Debug)]
#[command(
    name = "chancery",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    options: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Options of every command")]
struct GlobalOptions {
    /// The node's directory; without it, the current directory if that is one
    #[arg(long, global = true, value_name = "DIR", env = "CHANCERY_DIR")]
    dir: Option<PathBuf>,
    /// How data is written to standard output
    #[arg(long, global = true, value_name = "FORMAT", env = "CHANCERY_FORMAT", default_value = "table")]
    format: Format,
    /// Never use colour; NO_COLOR in the environment says the same
    #[arg(long, global = true)]
    no_color: bool,
    /// Say what is done in between
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Say nothing but warnings and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Answer every question with yes
    #[arg(long, short, global = true)]
    yes: bool,
}

/// What can be asked for. Commands that work with the daemon stopped and commands that ask the daemon stand side by side:
/// whoever runs them need not know which is which.
#[derive(Subcommand, Debug)]
enum Command {
    Init(init::Init),
    #[command(subcommand)]
    Card(card::Card),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Config(config::Config),
    Doctor(doctor::Doctor),
    Run(run::Run),
    Status(status::Status),
    Reload(reload::Reload),
    #[command(subcommand)]
    Peer(peer::Peer),
    #[command(subcommand)]
    Sync(sync::Sync),
    #[command(subcommand)]
    Clock(clock::Clock),
    Publish(publish::Publish),
    #[command(subcommand)]
    Import(import::Import),
    #[command(subcommand)]
    Session(session::Session),
    List(list::List),
    Show(show::Show),
    Withdraw(withdraw::Withdraw),
    WhoHas(withdraw::WhoHas),
    #[command(subcommand)]
    Consent(consent::Consent),
    Disclosures(disclosures::Disclosures),
    Why(why::Why),
    Decide(why::Decide),
    #[command(subcommand)]
    Treaty(treaty::Treaty),
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    Breaches(breaches::Breaches),
    Obligations(obligations::Obligations),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Recover(recover::Recover),
    Reindex(reindex::Reindex),
    Openapi(openapi::Openapi),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What a command has to work with: where the node is, where data goes, how to speak and to ask.
pub struct Invocation {
    directory: Option<PathBuf>,
    /// Standard output.
    pub output: Output,
    /// Standard error.
    pub talk: Talk,
    /// Whether yes was said beforehand.
    pub consent: Consent,
}

/// Runs one command line to its end.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(refusal) => {
            // Help that was asked for goes to standard output, the rest to standard error.
            let exit = if refusal.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = refusal.print();
            return exit;
        }
    };
    if cli.options.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let invocation = Invocation::of(&cli.options);
    cli.command.run(&invocation).unwrap_or_else(|failure| {
        invocation.talk.report(&failure);
        failure.exit()
    })
}

/// The command tree for whoever writes it down: completions and manual pages.
pub fn tree() -> clap::Command {
    Cli::command()
}

impl Command {
    fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Init(command) => command.run(invocation),
            Self::Card(command) => command.run(invocation),
            Self::Key(command) => command.run(invocation),
            Self::Config(command) => command.run(invocation),
            Self::Doctor(command) => command.run(invocation),
            Self::Run(command) => command.run(invocation),
            Self::Status(command) => command.run(invocation),
            Self::Reload(command) => command.run(invocation),
            Self::Peer(command) => command.run(invocation),
            Self::Sync(command) => command.run(invocation),
            Self::Clock(command) => command.run(invocation),
            Self::Publish(command) => command.run(invocation),
            Self::Import(command) => command.run(invocation),
            Self::Session(command) => command.run(invocation),
            Self::List(command) => command.run(invocation),
            Self::Show(command) => command.run(invocation),
            Self::Withdraw(command) => command.run(invocation),
            Self::WhoHas(command) => command.run(invocation),
            Self::Consent(command) => command.run(invocation),
            Self::Disclosures(command) => command.run(invocation),
            Self::Why(command) => command.run(invocation),
            Self::Decide(command) => command.run(invocation),
            Self::Treaty(command) => command.run(invocation),
            Self::Quarantine(command) => command.run(invocation),
            Self::Breaches(command) => command.run(invocation),
            Self::Obligations(command) => command.run(invocation),
            Self::Audit(command) => command.run(invocation),
            Self::Recover(command) => command.run(invocation),
            Self::Reindex(command) => command.run(invocation),
            Self::Openapi(command) => command.run(invocation),
            Self::Completions(command) => command.run(invocation),
            Self::Man(command) => command.run(invocation),
        }
    }
}

impl Invocation {
    fn of(options: &GlobalOptions) -> Self {
        let loudness = match (options.quiet, options.verbose) {
            (true, _) => Loudness::Quiet,
            (_, true) => Loudness::Verbose,
            _ => Loudness::Usual,
        };
        Self {
            directory: options.dir.clone(),
            output: Output::new(options.format),
            talk: Talk::new(loudness),
            consent: if options.yes { Consent::Given } else { Consent::Ask },
        }
    }

    /// The directory named on the command line or in the environment.
    pub fn named_directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The directory of the node that the command is about.
    pub fn node(&self) -> Result<NodeDirectory, Failure> {
        let here = Path::new(".");
        match &self.directory {
            Some(named) => Ok(NodeDirectory::of_node(named)?),
            None if NodeDirectory::named(here).config().exists() => Ok(NodeDirectory::of_node(here)?),
            None => Err(Failure::new(Exit::Usage, "which node? No directory is named, and the current one is none")
                .next("give `--dir DIR` or set CHANCERY_DIR; `chancery init` makes a new node")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound_and_every_command_explains_itself() {
        tree().debug_assert();
        fn visit(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{} says nothing about itself", command.get_name());
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(visit);
        }
        visit(&tree());
    }
}
