//! The free space under the store, watched so that a full disk refuses work instead of breaking it.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use crate::config::StoreChoice;

/// What the disk has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    /// Enough.
    Ample,
    /// Less than the configured minimum: nothing new is accepted, obligations and purges go on.
    Low,
}

/// Watches the file system of the store, and keeps a reserve file on it.
///
/// The reserve is given up when the disk is all but full, so that withdrawals and purges can still be written down.
#[derive(Debug)]
pub(super) struct DiskWatch {
    directory: PathBuf,
    reserve: PathBuf,
    reserve_bytes: u64,
    free_bytes_min: u64,
}

impl DiskWatch {
    pub fn new(choice: &StoreChoice) -> Self {
        Self {
            directory: choice.path.clone(),
            reserve: choice.path.join(RESERVE_FILE),
            reserve_bytes: choice.reserve_bytes,
            free_bytes_min: choice.free_disk_bytes_min,
        }
    }

    /// Whether the directory of the store is no longer there.
    pub fn is_gone(&self) -> bool {
        matches!(self.directory.try_exists(), Ok(false))
    }

    /// Looks at the disk, and gives up or renews the reserve. What cannot be seen counts as low.
    pub fn look(&self) -> Disk {
        let Some(free) = free_bytes(&self.directory) else {
            return Disk::Low;
        };
        if free < self.reserve_bytes && fs::remove_file(&self.reserve).is_ok() {
            tracing::error!("the disk is all but full: the reserve file is given up for withdrawals and purges");
        }
        // The room of a reserve that was given up is for withdrawals: there is enough once it can be made again.
        let is_roomy = free > self.free_bytes_min.saturating_add(self.reserve_bytes);
        if free < self.free_bytes_min || (!is_roomy && !self.reserve.exists()) {
            return Disk::Low;
        }
        if is_roomy
            && !self.reserve.exists()
            && let Err(fault) = self.make_reserve()
        {
            tracing::warn!(%fault, "the reserve file cannot be made");
        }
        Disk::Ample
    }

    fn make_reserve(&self) -> io::Result<()> {
        let file = fs::File::create(&self.reserve)?;
        rustix::fs::fallocate(file.as_fd(), rustix::fs::FallocateFlags::empty(), 0, self.reserve_bytes)?;
        file.sync_all()
    }
}

fn free_bytes(directory: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(directory).ok()?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

const RESERVE_FILE: &str = "reserve";

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(directory: &Path, free_bytes_min: u64, reserve_bytes: u64) -> DiskWatch {
        DiskWatch {
            directory: directory.to_path_buf(),
            reserve: directory.join(RESERVE_FILE),
            reserve_bytes,
            free_bytes_min,
        }
    }

    #[test]
    fn a_reserve_is_kept_while_there_is_room_and_given_up_when_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let free = free_bytes(directory.path()).unwrap();
        let ample = watch(directory.path(), 1, 1 << 16);
        assert_eq!(ample.look(), Disk::Ample);
        assert_eq!(fs::metadata(&ample.reserve).unwrap().len(), 1 << 16);
        let full = watch(directory.path(), free * 2, free * 2);
        assert_eq!(full.look(), Disk::Low);
        assert!(!full.reserve.exists());
    }

    #[test]
    fn the_room_of_a_reserve_given_up_is_for_no_new_records() {
        let directory = tempfile::tempdir().unwrap();
        let free = free_bytes(directory.path()).unwrap();
        let watch = watch(directory.path(), free / 2, free);
        assert_eq!(watch.look(), Disk::Low, "there is more than the least, and no reserve");
    }

    #[test]
    fn a_directory_that_is_gone_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let watch = watch(directory.path(), 1, 1);
        assert!(!watch.is_gone());
        directory.close().unwrap();
        assert!(watch.is_gone());
    }

    #[test]
    fn what_cannot_be_seen_counts_as_low() {
        assert_eq!(watch(Path::new("/nowhere/at/all"), 1, 1).look(), Disk::Low);
    }
}
