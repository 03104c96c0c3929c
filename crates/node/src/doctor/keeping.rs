//! Whether the store is where it should be, and whether there is room for it.

use chancery_store::engine::{self, EngineKind, OpenOptions};

use super::socket::{SocketState, socket_state};
use super::{Depth, Examination, Finding};
use crate::config::StoreChoice;

/// The files of the configured engine are there, and no other's; looked into only when asked for.
pub(super) fn store(examination: &Examination<'_>) -> Vec<Finding> {
    let Ok(config) = &examination.config else {
        return vec![Finding::warning(
            "store",
            "not looked at, because the configuration cannot be used",
            "mend it first",
        )];
    };
    let choice = &config.store;
    let mut findings = Vec::new();
    for other in EngineKind::ALL.into_iter().filter(|other| *other != choice.engine) {
        let path = other.path(&choice.path);
        if path.exists() {
            let what = format!(
                "the configuration says engine {}, but `{}` was written by {}",
                choice.engine.name(),
                path.display(),
                other.name()
            );
            findings.push(Finding::failure("store", what, "set `store.engine` back; never delete a store"));
        }
    }
    if choice.engine == EngineKind::Sled {
        findings.push(Finding::warning(
            "store",
            "engine sled: what was acknowledged survives the death of the process, but not for certain the loss of power",
            "use redb, unless the choice of the engine matters more",
        ));
    }
    let path = choice.engine.path(&choice.path);
    findings.push(match (path.exists(), examination.depth) {
        (false, _) => Finding::ok("store", format!("`{}` will be made when the daemon first runs", path.display())),
        (true, Depth::Surface) => Finding::ok("store", format!("`{}` is there", path.display())),
        (true, Depth::Whole) => whole(examination, choice),
    });
    findings
}

fn whole(examination: &Examination<'_>, choice: &StoreChoice) -> Finding {
    if socket_state(&examination.node.socket()) == SocketState::Answers {
        return Finding::warning(
            "store",
            "not looked into, because the daemon has the store open",
            "stop the daemon and run `chancery doctor --store` again",
        );
    }
    let options = OpenOptions { cache_bytes: choice.cache_bytes, ..OpenOptions::default() };
    match engine::check(choice.engine, &choice.path, &options) {
        Ok(engine::Health::Sound) => Finding::ok("store", "every entry of the store can be read"),
        Ok(engine::Health::Repaired) => Finding::warning(
            "store",
            "the store was damaged and has been repaired",
            "build anew what is derived from it with `chancery reindex`, and have the disk checked",
        ),
        Err(fault) => Finding::failure("store", fault.to_string(), "restore the last backup; keep the damaged files"),
    }
}

/// Free space, against what the configuration asks for.
pub(super) fn disk(examination: &Examination<'_>) -> Vec<Finding> {
    let Ok(config) = &examination.config else {
        return vec![Finding::warning(
            "disk",
            "not looked at, because the configuration cannot be used",
            "mend it first",
        )];
    };
    let choice = &config.store;
    let path = if choice.path.exists() { choice.path.as_path() } else { examination.node.root() };
    vec![match rustix::fs::statvfs(path) {
        Err(fault) => Finding::warning("disk", format!("the free space cannot be read: {fault}"), "look with `df`"),
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize), choice),
    }]
}

fn room(free_bytes: u64, choice: &StoreChoice) -> Finding {
    let free = free_bytes / MIB;
    let least = choice.free_disk_bytes_min / MIB;
    let next = "free some space, or give the store a larger disk";
    if free_bytes < choice.free_disk_bytes_min {
        let what = format!("{free} MiB are free; below {least} MiB nothing new is accepted");
        return Finding::failure("disk", what, next);
    }
    if free_bytes < choice.free_disk_bytes_min.saturating_mul(2).saturating_add(choice.reserve_bytes) {
        let what =
            format!("{free} MiB are free, which is close to the {least} MiB below which nothing new is accepted");
        return Finding::warning("disk", what, next);
    }
    Finding::ok("disk", format!("{free} MiB are free"))
}

const MIB: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn room_is_judged_by_the_configured_least() {
        let choice = StoreChoice {
            engine: EngineKind::Redb,
            path: "store".into(),
            cache_bytes: 1,
            reserve_bytes: 16 * MIB,
            free_disk_bytes_min: 100 * MIB,
        };
        let check = |free: u64, expected: Health| assert_eq!(room(free * MIB, &choice).health, expected, "{free}");
        check(99, Health::Failure);
        check(100, Health::Warning);
        check(215, Health::Warning);
        check(216, Health::Ok);
    }
}
