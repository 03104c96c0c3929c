//! Sessions: the purpose and the reference that a user works under for a shift.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Tick};

use chancery_record::{Instant, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limits::REFERENCE_BYTES_MAX;
use super::problem::Problem;

/// The purpose of a query, with what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// What for; the session's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "investigation")]
    pub purpose: Option<Purpose>,
    /// The case number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The control post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// The control's number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
}

/// An occasion that can be entered in the audit log: a purpose with the reference that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// What for.
    pub purpose: Purpose,
    /// Case, or post and control; none where there is danger to life.
    pub reference: Option<String>,
}

/// A session as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionShown {
    /// What for.
    #[schema(value_type = String)]
    pub purpose: Purpose,
    /// The reference that goes into the audit log.
    pub reference: Option<String>,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub until: Instant,
}

/// The sessions of this run of the daemon; they end with it.
#[derive(Debug, Default)]
pub struct Sessions {
    open: Mutex<BTreeMap<u32, Session>>,
}

#[derive(Clone, Debug)]
struct Session {
    ground: Ground,
    /// By the monotonic clock, which nobody sets back.
    ends: Tick,
    shown_until: Instant,
}

impl Occasion {
    /// Whether nothing is stated that the session does not say already.
    fn fits(&self, ground: &Ground) -> bool {
        let no_reference = self.case.is_none() && self.post.is_none() && self.control.is_none();
        no_reference && self.purpose.is_none_or(|purpose| purpose == ground.purpose)
    }

    /// The ground that it makes.
    pub fn ground(&self) -> Result<Ground, Problem> {
        let Some(purpose) = self.purpose else {
            return Err(Problem::usage("no purpose is stated")
                .next("give `--purpose` with `--case`, or with `--post` and `--control`; `chancery session start` does it for a shift"));
        };
        let texts = [&self.case, &self.post, &self.control];
        if texts.into_iter().flatten().any(|text| !is_reference(text)) {
            return Err(Problem::usage(format!(
                "a case, post or control number has 1 to {REFERENCE_BYTES_MAX} bytes and no control characters"
            )));
        }
        let reference = match (&self.case, &self.post, &self.control) {
            (Some(case), None, None) => Some(format!("case {case}")),
            (None, Some(post), Some(control)) => Some(format!("post {post}, control {control}")),
            (None, None, None) => None,
            _ => {
                return Err(Problem::usage("give either a case number, or a post with a control number"));
            }
        };
        match needed(purpose) {
            Needed::Nothing => {}
            Needed::Case if self.case.is_some() => {}
            Needed::CaseOrControl if reference.is_some() => {}
            Needed::Case => {
                return Err(
                    Problem::usage(format!("a query for `{purpose}` needs a case number")).next("give `--case`")
                );
            }
            Needed::CaseOrControl => {
                return Err(Problem::usage(format!(
                    "a query for `{purpose}` needs a post and control number, or a case number"
                ))
                .next("give `--post` with `--control`, or `--case`"));
            }
        }
        Ok(Ground { purpose, reference })
    }
}

impl Sessions {
    /// Opens a session, in place of the user's last one.
    pub fn start(&self, uid: u32, ground: Ground, hours: u64, now: Instant) -> SessionShown {
        let length = Duration::from_secs(hours.saturating_mul(3600));
        let shown_until = Instant(now.0.saturating_add(u64::try_from(length.as_millis()).unwrap_or(u64::MAX)));
        let session = Session { ground, ends: Tick::now() + length, shown_until };
        let shown = session.shown();
        let mut open = self.lock();
        // Those that have ended go now, so that there are never more than users.
        open.retain(|_, session| session.ends > Tick::now());
        open.insert(uid, session);
        shown
    }

    /// The user's session, unless it has ended.
    pub fn current(&self, uid: u32) -> Option<SessionShown> {
        self.lock().get(&uid).filter(|session| session.ends > Tick::now()).map(Session::shown)
    }

    /// Ends the user's session; false where there was none.
    pub fn end(&self, uid: u32) -> bool {
        self.lock().remove(&uid).is_some()
    }

    /// The ground of a query: what is stated with it, else the session's.
    pub fn ground(&self, uid: u32, stated: &Occasion) -> Result<Ground, Problem> {
        let session =
            self.lock().get(&uid).filter(|session| session.ends > Tick::now()).map(|open| open.ground.clone());
        match session {
            Some(ground) if stated.fits(&ground) => Ok(ground),
            Some(ground) if stated.purpose.is_none() => {
                Occasion { purpose: Some(ground.purpose), ..stated.clone() }.ground()
            }
            _ => stated.ground(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn shown(&self) -> SessionShown {
        SessionShown { purpose: self.ground.purpose, reference: self.ground.reference.clone(), until: self.shown_until }
    }
}

enum Needed {
    Nothing,
    Case,
    CaseOrControl,
}

/// Danger to life needs no reference at once; who stands at a border has a control, and perhaps no case yet.
fn needed(purpose: Purpose) -> Needed {
    match purpose {
        Purpose::VitalInterest => Needed::Nothing,
        Purpose::BorderControl | Purpose::Identification | Purpose::MissingPersons => Needed::CaseOrControl,
        _ => Needed::Case,
    }
}

fn is_reference(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= REFERENCE_BYTES_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occasion(purpose: Option<Purpose>, case: &str, post: &str, control: &str) -> Occasion {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Occasion { purpose, case: some(case), post: some(post), control: some(control) }
    }

    #[test]
    fn the_purpose_decides_the_reference() {
        let check = |purpose: Purpose, case: &str, post: &str, control: &str, expected: Result<Option<&str>, &str>| {
            let ground = occasion(Some(purpose), case, post, control).ground();
            match expected {
                Ok(reference) => assert_eq!(ground.unwrap().reference.as_deref(), reference, "{purpose}"),
                Err(part) => assert!(ground.unwrap_err().what.contains(part), "{purpose}"),
            }
        };
        check(Purpose::Investigation, "2026/17", "", "", Ok(Some("case 2026/17")));
        check(Purpose::Investigation, "", "", "", Err("needs a case number"));
        check(Purpose::Investigation, "", "RO-1", "9", Err("needs a case number"));
        check(Purpose::BorderControl, "", "RO-1", "9", Ok(Some("post RO-1, control 9")));
        check(Purpose::BorderControl, "2026/17", "", "", Ok(Some("case 2026/17")));
        check(Purpose::BorderControl, "", "RO-1", "", Err("either a case number"));
        check(Purpose::BorderControl, "", "", "", Err("post and control"));
        check(Purpose::VitalInterest, "", "", "", Ok(None));
        check(Purpose::Investigation, "a\u{1b}[0m", "", "", Err("no control characters"));
        check(Purpose::Investigation, &"9".repeat(300), "", "", Err("bytes"));
        assert!(occasion(None, "2026/17", "", "").ground().unwrap_err().what.contains("no purpose"));
    }

    #[test]
    fn a_session_stands_for_what_is_not_stated() {
        let sessions = Sessions::default();
        let nothing = Occasion::default();
        assert!(sessions.ground(7, &nothing).is_err());
        let ground = occasion(Some(Purpose::Investigation), "A", "", "").ground().unwrap();
        let shown = sessions.start(7, ground.clone(), 12, Instant(0));
        assert_eq!(shown.until, Instant(12 * 3_600_000));
        assert_eq!(sessions.ground(7, &nothing).unwrap(), ground);
        assert!(sessions.ground(8, &nothing).is_err(), "a session is its user's alone");
        let other_case = sessions.ground(7, &occasion(None, "B", "", "")).unwrap();
        assert_eq!((other_case.purpose, other_case.reference.as_deref()), (Purpose::Investigation, Some("case B")));
        assert_eq!(sessions.ground(7, &occasion(Some(Purpose::Investigation), "", "", "")).unwrap(), ground);
        let other_purpose = sessions.ground(7, &occasion(Some(Purpose::Evidence), "", "", ""));
        assert!(other_purpose.is_err(), "another purpose needs its own reference");
        assert!(sessions.end(7) && !sessions.end(7));
        assert!(sessions.current(7).is_none());
    }

    #[test]
    fn a_session_ends_by_itself() {
        let sessions = Sessions::default();
        let ground = occasion(Some(Purpose::VitalInterest), "", "", "").ground().unwrap();
        sessions.start(7, ground, 0, Instant(0));
        assert!(sessions.current(7).is_none());
        assert!(sessions.ground(7, &Occasion::default()).is_err());
    }
}
