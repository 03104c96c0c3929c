//! Who calls, and what the roles of the configuration let that user do.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use chancery_record::Purpose;

use super::problem::Problem;
use super::socket::PeerUid;
use crate::api::Api;
use crate::config::{Role, User};
use crate::exit::Exit;

/// A user of this node who asks for something.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As the configuration has the user.
    pub user: User,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Seeing how the node and its peers stand.
    Peers,
    /// Changing how the node runs.
    Operate,
    /// Having the node read its directory again.
    Reload,
    /// Publishing records.
    Publish,
    /// Taking records back.
    Withdraw,
    /// Asking for consent to passing on, and giving it.
    Consent,
    /// Listing manifests.
    List,
    /// Reading the content of records.
    Show,
    /// Asking what the law says of a record.
    Explain,
    /// Counting what would go to a country.
    Plan,
    /// Seeing who holds what.
    Holders,
    /// Seeing what was refused or exceeded its treaty, and what is owed.
    Incidents,
    /// Reading the audit log.
    Audit,
}

impl Right {
    /// The roles of which one is enough.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Peers => &[Role::Operator, Role::Officer, Role::Auditor],
            Self::Operate => &[Role::Operator],
            Self::Reload => &[Role::Operator, Role::Officer],
            Self::Publish => &[Role::Analyst, Role::Operator, Role::Engineer],
            Self::Withdraw => &[Role::Analyst, Role::Operator],
            Self::Consent => &[Role::Analyst, Role::Operator],
            Self::List => &[Role::Analyst, Role::Officer, Role::Auditor, Role::Engineer],
            Self::Show => &[Role::Analyst, Role::Auditor],
            Self::Explain => &[Role::Officer, Role::Auditor, Role::Analyst],
            Self::Plan => &[Role::Officer, Role::Operator],
            Self::Holders => &[Role::Analyst, Role::Officer, Role::Operator, Role::Auditor],
            Self::Incidents => &[Role::Operator, Role::Officer, Role::Auditor],
            Self::Audit => &[Role::Auditor],
        }
    }

    const fn deed(self) -> &'static str {
        match self {
            Self::Peers => "see how the peers stand",
            Self::Operate => "change how the node runs",
            Self::Reload => "have the node read its directory again",
            Self::Publish => "publish records",
            Self::Withdraw => "withdraw records",
            Self::Consent => "ask for or give consent to passing a record on",
            Self::List => "list records",
            Self::Show => "read records",
            Self::Explain => "ask what the law says of a record",
            Self::Plan => "plan what goes to a country",
            Self::Holders => "see who holds a record",
            Self::Incidents => "see what was refused, exceeded or is owed",
            Self::Audit => "read the audit log",
        }
    }
}

impl Caller {
    /// Refuses what none of the user's roles covers, and says which would.
    pub fn require(&self, right: Right) -> Result<(), Problem> {
        if right.roles().iter().any(|role| self.user.is(*role)) {
            return Ok(());
        }
        let roles: Vec<String> = right.roles().iter().map(|role| format!("`{role}`")).collect();
        Err(Problem::new(Exit::NotAllowed, format!("`{}` may not {}", self.user.name, right.deed()))
            .because(format!("that needs the role {}", roles.join(" or ")))
            .next("whoever keeps `node.toml` gives roles there, under `[[user]]`"))
    }

    /// Refuses a purpose that is not the user's.
    pub fn require_purpose(&self, purpose: Purpose) -> Result<(), Problem> {
        if self.user.purposes.contains(&purpose) {
            return Ok(());
        }
        let own: Vec<&str> = self.user.purposes.iter().map(|purpose| purpose.word()).collect();
        Err(Problem::new(Exit::NotAllowed, format!("`{}` may not query for the purpose `{purpose}`", self.user.name))
            .because(format!("the user's purposes are {}", if own.is_empty() { "none".into() } else { own.join(", ") }))
            .next("whoever keeps `node.toml` gives purposes there, under `[[user]]`"))
    }

    /// Whether the user may be told which words would have let a record go: it teaches how to word a record so that it
    /// goes.
    pub fn sees_nearest(&self) -> bool {
        self.user.is(Role::Officer)
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let uid = parts.extensions.get::<ConnectInfo<PeerUid>>().and_then(|ConnectInfo(PeerUid(uid))| *uid);
        let Some(uid) = uid else {
            return Err(Problem::new(Exit::NotAllowed, "the system does not say who calls"));
        };
        match api.handle().config().user(uid) {
            Some(user) => Ok(Self { user: user.clone() }),
            None => Err(stranger(uid)),
        }
    }
}

fn stranger(uid: u32) -> Problem {
    Problem::new(Exit::NotAllowed, format!("user id {uid} is no user of this node"))
        .next("whoever keeps `node.toml` adds users there, under `[[user]]`, and restarts the daemon")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use chancery_record::{Classification, Set};

    /// A synthetic user with those roles.
    pub fn user(roles: &[Role], purposes: &[Purpose], clearance: Classification) -> User {
        User {
            name: "tester".into(),
            uid: 1,
            roles: roles.iter().copied().collect(),
            unit: "NCB-PARIS".parse().unwrap(),
            clearance,
            purposes: purposes.iter().copied().collect::<Set<_>>(),
        }
    }

    const ALL: [Right; 12] = [
        Right::Peers,
        Right::Operate,
        Right::Reload,
        Right::Publish,
        Right::Withdraw,
        Right::Consent,
        Right::List,
        Right::Show,
        Right::Explain,
        Right::Holders,
        Right::Incidents,
        Right::Audit,
    ];

    fn rights(role: Role) -> Vec<Right> {
        let caller = Caller { user: user(&[role], &[], Classification::Unclassified) };
        ALL.into_iter().filter(|right| caller.require(*right).is_ok()).collect()
    }

    #[test]
    fn each_role_may_do_its_own_work_only() {
        use Right::{
            Audit, Consent, Explain, Holders, Incidents, List, Operate, Peers, Publish, Reload, Show, Withdraw,
        };
        assert_eq!(rights(Role::Analyst), [Publish, Withdraw, Consent, List, Show, Explain, Holders]);
        assert_eq!(rights(Role::Officer), [Peers, Reload, List, Explain, Holders, Incidents]);
        assert_eq!(rights(Role::Operator), [Peers, Operate, Reload, Publish, Withdraw, Consent, Holders, Incidents]);
        assert_eq!(rights(Role::Auditor), [Peers, List, Show, Explain, Holders, Incidents, Audit]);
        assert_eq!(rights(Role::Engineer), [Publish, List]);
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let changing = [Right::Operate, Right::Reload, Right::Publish, Right::Withdraw, Right::Consent];
        assert!(rights(Role::Auditor).iter().all(|right| !changing.contains(right)));
    }

    #[test]
    fn the_refusal_names_the_role() {
        let caller = Caller { user: user(&[Role::Engineer], &[Purpose::Statistics], Classification::Unclassified) };
        let problem = caller.require(Right::Withdraw).unwrap_err();
        assert_eq!(problem.exit, Exit::NotAllowed.code());
        assert_eq!(problem.why.unwrap(), "that needs the role `analyst` or `operator`");
        let problem = caller.require_purpose(Purpose::Evidence).unwrap_err();
        assert!(problem.why.unwrap().contains("statistics"));
        caller.require_purpose(Purpose::Statistics).unwrap();
    }

    #[test]
    fn what_would_have_let_it_go_is_for_officers() {
        for role in Role::ALL {
            let caller = Caller { user: user(&[role], &[], Classification::Unclassified) };
            assert_eq!(caller.sees_nearest(), role == Role::Officer);
        }
    }
}
