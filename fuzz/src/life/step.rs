//! The steps of a life, and how a script says them.

use crate::script::Script;

/// One step; its byte in a script is its place here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Everything honest that can happen, a few times over.
    Run,
    Publish,
    Store,
    Connect,
    Greet,
    PermitAll,
    Answer,
    OpenEpoch,
    Deliver,
    State,
    Withdraw,
    Agree,
    Permit,
    Pass,
    Tick,
    Disconnect,
    Crash,
    FailDisk,
    Learn,
    Identity,
    Confirm,
    Audit,
    Deafen,
    LieInHello,
    LieInReceipt,
    LieInObligationReceipt,
    LieInOpening,
    LieInBatch,
    LieInStatement,
    Bytes,
    Mutated,
    Stale,
    Fault,
    Recover,
    Override,
    Check,
    AskConsent,
    AnswerConsent,
    Claim,
    Backup,
    Restore,
}

pub const STEPS: [Step; 41] = [
    Step::Run,
    Step::Publish,
    Step::Store,
    Step::Connect,
    Step::Greet,
    Step::PermitAll,
    Step::Answer,
    Step::OpenEpoch,
    Step::Deliver,
    Step::State,
    Step::Withdraw,
    Step::Agree,
    Step::Permit,
    Step::Pass,
    Step::Tick,
    Step::Disconnect,
    Step::Crash,
    Step::FailDisk,
    Step::Learn,
    Step::Identity,
    Step::Confirm,
    Step::Audit,
    Step::Deafen,
    Step::LieInHello,
    Step::LieInReceipt,
    Step::LieInObligationReceipt,
    Step::LieInOpening,
    Step::LieInBatch,
    Step::LieInStatement,
    Step::Bytes,
    Step::Mutated,
    Step::Stale,
    Step::Fault,
    Step::Recover,
    Step::Override,
    Step::Check,
    Step::AskConsent,
    Step::AnswerConsent,
    Step::Claim,
    Step::Backup,
    Step::Restore,
];

impl Step {
    pub fn drawn(script: &mut Script<'_>) -> Self {
        script.one_of(&STEPS)
    }

    /// Its byte.
    pub fn byte(self) -> u8 {
        STEPS.iter().position(|step| *step == self).expect("every step stands there") as u8
    }
}
