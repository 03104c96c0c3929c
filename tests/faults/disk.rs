//! A disk so small that it can be filled.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::ground::{done, mount_source, tool};

/// A file system of its own at a node's store.
pub struct SmallDisk {
    place: PathBuf,
}

impl SmallDisk {
    pub fn at(place: &Path, mib: u32) -> Self {
        fs::create_dir_all(place).unwrap();
        done(&format!("mount -t tmpfs -o size={mib}m,mode=0700 {} {}", mount_source(), place.display()));
        Self { place: place.to_owned() }
    }

    /// Takes every byte that is left.
    pub fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let block = vec![b'x'; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Gives back what was taken.
    pub fn free(&self) {
        let _ = fs::remove_file(self.filler());
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = tool(&format!("umount -l {}", self.place.display()));
    }
}
