//! How a command ends: the exit codes that scripts rely on.

use std::process::ExitCode;

/// The end of a command. The numbers are part of the command line's contract and never change meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked.
    Done = 0,
    /// It failed, for a reason that no other code names.
    Failed = 1,
    /// It was asked wrongly.
    Usage = 2,
    /// There is nothing of that name, or the query found nothing.
    NothingFound = 3,
    /// The caller may not do this here.
    NotAllowed = 4,
    /// A treaty, the law or the originator's tags hold it back; the article is printed.
    Refused = 5,
    /// The other country's node cannot be reached.
    PeerUnreachable = 6,
    /// Some of it is done, the rest is named on stderr.
    PartlyDone = 7,
    /// The daemon is not running; trying again later may help.
    DaemonNotRunning = 75,
    /// The configuration cannot be used.
    BadConfiguration = 78,
}

impl Exit {
    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
