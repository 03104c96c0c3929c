//! A disk in memory whose power can be cut.

use super::workload::Dice;
use redb::StorageBackend;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

/// The unit that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What the disk promises of `sync_data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Honesty {
    /// What is synced stays.
    Honest,
    /// Says that it synced and did not.
    Liar,
}

/// Handles to one disk. What was written since the last sync is kept apart until the next one.
#[derive(Debug, Clone)]
pub(super) struct FaultyDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// What reads see.
    seen: Vec<u8>,
    /// What is on the platter for sure.
    synced: Vec<u8>,
    /// Since the last sync, in order.
    unsynced: Vec<Change>,
    /// How many calls that change something are answered before the power goes.
    calls_left: u64,
    honesty: Honesty,
}

#[derive(Debug)]
enum Change {
    Length(usize),
    Sector { offset: usize, bytes: Vec<u8> },
}

impl FaultyDisk {
    pub(super) fn new(honesty: Honesty) -> Self {
        Self::holding(Vec::new(), honesty)
    }

    fn holding(image: Vec<u8>, honesty: Honesty) -> Self {
        Self(Arc::new(Mutex::new(State {
            seen: image.clone(),
            synced: image,
            unsynced: Vec::new(),
            calls_left: u64::MAX,
            honesty,
        })))
    }

    /// The same disk, all that it holds synced, keeping this promise from now on.
    pub(super) fn becoming(&self, honesty: Honesty) -> Self {
        Self::holding(self.state().seen.clone(), honesty)
    }

    /// Lets so many more writes and syncs through; all after them fail, as nothing reaches a disk without power.
    pub(super) fn cut_power_after(&self, calls: u64) {
        self.state().calls_left = calls;
    }

    /// What the disk holds when the power is back: all that was synced, and of the rest whatever had got there.
    ///
    /// A file system orders the changes of a file's length, so of those the first few survive; sectors survive each for
    /// itself, and one beyond the length that survived is lost with it.
    pub(super) fn after_power_cut(&self, dice: &mut Dice) -> Self {
        let state = self.state();
        let mut image = state.synced.clone();
        let lengths = state.unsynced.iter().filter(|c| matches!(c, Change::Length(_))).count();
        // Nothing got there, all did, or every sector has its own luck.
        let luck = dice.below(4);
        let mut lengths_kept = match luck {
            0 => 0,
            1 => lengths as u64,
            _ => dice.below(lengths as u64 + 1),
        };
        for change in &state.unsynced {
            match change {
                Change::Length(length) => {
                    if lengths_kept > 0 {
                        lengths_kept -= 1;
                        image.resize(*length, 0);
                    }
                }
                Change::Sector { offset, bytes } => {
                    let kept = luck == 1 || luck > 1 && dice.below(2) == 0;
                    let range = *offset..*offset + bytes.len();
                    if kept && let Some(place) = image.get_mut(range) {
                        place.copy_from_slice(bytes);
                    }
                }
            }
        }
        Self::holding(image, state.honesty)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn spend_call(&mut self) -> io::Result<()> {
        let Some(left) = self.calls_left.checked_sub(1) else {
            return Err(io::Error::other("the power is gone"));
        };
        self.calls_left = left;
        Ok(())
    }
}

impl StorageBackend for FaultyDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let offset = offset as usize;
        let found = state.seen.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state();
        state.spend_call()?;
        state.seen.resize(length as usize, 0);
        state.unsynced.push(Change::Length(length as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.spend_call()?;
        if state.honesty == Honesty::Honest {
            state.synced = state.seen.clone();
            state.unsynced.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.spend_call()?;
        let mut offset = offset as usize;
        let end = offset + data.len();
        let place = state.seen.get_mut(offset..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        place.copy_from_slice(data);
        let mut rest = data;
        while !rest.is_empty() {
            let (sector, others) = rest.split_at(rest.len().min(SECTOR - offset % SECTOR));
            state.unsynced.push(Change::Sector { offset, bytes: sector.to_vec() });
            offset += sector.len();
            rest = others;
        }
        Ok(())
    }
}
