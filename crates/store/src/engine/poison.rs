//! The rule that a failed commit closes the engine.

use super::EngineFault;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Lets commits through one at a time until one fails or panics, and nothing after that.
///
/// A sync that failed once may report success when it is tried again although the data is lost; so nothing is tried again,
/// and nothing is read that may not be on disk.
#[derive(Debug, Default)]
pub(super) struct Poison {
    turn: Mutex<()>,
    failed: AtomicBool,
}

impl Poison {
    /// Refuses a read after a failed commit: it could show what opening the store again will not.
    pub(super) fn refuse_if_failed(&self) -> Result<(), EngineFault> {
        if self.failed.load(Ordering::Acquire) {
            return Err(EngineFault::Poisoned);
        }
        Ok(())
    }

    /// Runs a commit alone, after all earlier ones are known to have succeeded.
    pub(super) fn commit(&self, write: impl FnOnce() -> Result<(), EngineFault>) -> Result<(), EngineFault> {
        // A turn that ended in a panic has set `failed` on its way out, which is all that this lock could tell.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.refuse_if_failed()?;
        let outcome = Outcome(&self.failed);
        write()?;
        outcome.succeeded();
        Ok(())
    }
}

/// Marks the engine as failed unless told otherwise, so that a panic counts as a failure too.
struct Outcome<'a>(&'a AtomicBool);

impl Outcome<'_> {
    fn succeeded(self) {
        std::mem::forget(self);
    }
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_let_through_after_a_failure() {
        let poison = Poison::default();
        poison.commit(|| Ok(())).unwrap();
        poison.refuse_if_failed().unwrap();
        let fault = || EngineFault::Disk("gone".into());
        assert!(matches!(poison.commit(|| Err(fault())), Err(EngineFault::Disk(_))));
        assert!(matches!(poison.commit(|| unreachable!()), Err(EngineFault::Poisoned)));
        assert!(matches!(poison.refuse_if_failed(), Err(EngineFault::Poisoned)));
    }

    #[test]
    fn a_panic_is_a_failure() {
        let poison = Poison::default();
        let panicked =
            std::thread::scope(|scope| scope.spawn(|| poison.commit(|| panic!("a bug in an engine"))).join());
        assert!(panicked.is_err());
        assert!(matches!(poison.commit(|| unreachable!()), Err(EngineFault::Poisoned)));
    }
}
