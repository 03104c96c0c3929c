//! Files that are there completely or not at all, whatever happens to the machine meanwhile.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Everyone whom the directory lets in.
    Everyone,
}

/// What could not be done to which file.
#[derive(Debug, Error)]
pub enum FileFault {
    /// It is longer than anything of its sort.
    #[error("`{path}` is longer than {limit} bytes, which no file of its sort is")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// It is no text.
    #[error("`{path}` is not a text in UTF-8")]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} `{path}`")]
    System {
        /// What was to be done.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FileFault {
    /// Whether the file is simply not there.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::System { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    fn of(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::System { doing, path, source }
    }
}

/// Writes a file so that a reader, or a machine that lost power, finds the old content or the new one.
pub fn write(path: &Path, content: &[u8], readers: Readers) -> Result<(), FileFault> {
    let directory = parent(path);
    let unfinished = unfinished_name(path);
    let written = write_unfinished(&unfinished, content, readers)
        .and_then(|()| fs::rename(&unfinished, path))
        .and_then(|()| sync_directory(directory));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written.map_err(FileFault::of("write", path))
}

/// Gives a file another name, durably.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileFault> {
    fs::rename(from, to).and_then(|()| sync_directory(parent(to))).map_err(FileFault::of("rename", from))
}

/// Removes a file, durably.
pub fn remove(path: &Path) -> Result<(), FileFault> {
    fs::remove_file(path).and_then(|()| sync_directory(parent(path))).map_err(FileFault::of("remove", path))
}

/// Makes a directory that only its owner may enter, with those above it.
pub fn make_directory(path: &Path) -> Result<(), FileFault> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .and_then(|()| sync_directory(parent(path)))
        .map_err(FileFault::of("make the directory", path))
}

/// Reads a file that has at most `limit` bytes.
///
/// INVARIANT (everything is bounded): no more than the limit is read, however long the file is or grows.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileFault> {
    let file = File::open(path).map_err(FileFault::of("open", path))?;
    let expected = file.metadata().map_or(0, |file| file.len()).min(limit).saturating_add(1);
    // Room for all at once: a secret must not leave copies behind in a vector that grew.
    let mut content = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(FileFault::of("read", path))?;
    if u64::try_from(content.len()).is_ok_and(|length| length > limit) {
        return Err(FileFault::TooLong { path: path.to_path_buf(), limit });
    }
    Ok(content)
}

/// Reads a text that has at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> Result<String, FileFault> {
    String::from_utf8(read(path, limit)?).map_err(|_| FileFault::NotText { path: path.to_path_buf() })
}

/// Removes what writers that were killed have left in a directory; how many files it was. Who calls this keeps other writers
/// away meanwhile.
pub fn sweep_unfinished(directory: &Path) -> Result<usize, FileFault> {
    let mut removed = 0;
    for entry in fs::read_dir(directory).map_err(FileFault::of("list", directory))? {
        let path = entry.map_err(FileFault::of("list", directory))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with('.') && name.ends_with(UNFINISHED) && path.is_file() {
            fs::remove_file(&path).map_err(FileFault::of("remove", &path))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The files of a directory whose names end so, in order of their names, at most `limit` of them.
pub fn list(directory: &Path, ending: &str, limit: usize) -> Result<Vec<PathBuf>, FileFault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(FileFault::of("list", directory))? {
        let path = entry.map_err(FileFault::of("list", directory))?.path();
        let named = path.file_name().and_then(|name| name.to_str());
        if named.is_some_and(|name| name.ends_with(ending) && !name.starts_with('.')) && found.len() < limit {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn write_unfinished(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::Everyone => 0o644,
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn unfinished_name(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Two commands at once must not write into each other's file.
    path.with_file_name(format!(".{name}.{}{UNFINISHED}", std::process::id()))
}

const UNFINISHED: &str = ".unfinished";

fn parent(path: &Path) -> &Path {
    match path.parent() {
        // The parent of a bare file name is the empty path.
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn replaces_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        write(&path, b"one", Readers::Owner).unwrap();
        write(&path, b"two", Readers::Owner).unwrap();
        assert_eq!(read_text(&path, 3).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(matches!(read(&path, 2), Err(FileFault::TooLong { limit: 2, .. })));
        assert!(read(&directory.path().join("absent"), 2).unwrap_err().is_absence());
    }

    #[test]
    fn what_a_killed_writer_left_is_swept_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        for name in [".DE.card.77.unfinished", ".hidden", "DE.card", "notes.unfinished"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(sweep_unfinished(directory.path()).unwrap(), 1);
        assert!(!directory.path().join(".DE.card.77.unfinished").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_failed_write_leaves_the_old_content() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        fs::create_dir_all(path.join("below")).unwrap();
        assert!(write(&path, b"new", Readers::Everyone).is_err());
        assert!(path.join("below").is_dir());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
