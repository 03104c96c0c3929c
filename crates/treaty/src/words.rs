//! The closed vocabularies that only treaties use.

/// Declares a closed vocabulary of treaty files; what is signed as bytes has its vocabularies in the record crate.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $noun:literal: $( $(#[$vdoc:meta])* $variant:ident = $word:literal ),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vdoc])* #[doc = concat!("`", $word, "`")] $variant ),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// What one value of this vocabulary is called.
            pub const NOUN: &'static str = $noun;

            /// The word for people and files.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value's place in the vocabulary.
            pub const fn code(self) -> u8 {
                self as u8
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.word())
            }
        }
        impl std::str::FromStr for $name {
            type Err = chancery_record::words::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.word() == text).ok_or_else(|| {
                    chancery_record::words::UnknownWord::new(Self::NOUN, text, Self::ALL.iter().map(|value| value.word()))
                })
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// In which way something is let go.
    Action, "action":
    /// Unsolicited.
    Offer = "offer",
    /// Only inside an open request.
    Reply = "reply",
    /// Answers hit or no hit, moves no body.
    Match = "match",
    /// Passes on what another country sealed.
    Onward = "onward",
}
words! {
    /// What must be at hand before a grant lets anything go.
    Requirement, "requirement":
    Request = "request",
    ConfirmedMatch = "confirmed_match",
    Consent = "consent",
    Assurance = "assurance",
    Authorisation = "authorisation",
}
words! {
    /// How far a bar reaches.
    Reach, "reach":
    /// Against the grants of its own treaty.
    Treaty = "treaty",
    /// Against every grant between the parties.
    Parties = "parties",
}
words! {
    /// What is owed under a duty.
    DutyKind, "duty":
    ReplyWithin = "reply_within",
    RefusalGrounds = "refusal_grounds",
    Notify = "notify",
    CorrectWithin = "correct_within",
    OnSuspension = "on_suspension",
    OnEnd = "on_end",
    LogKeep = "log_keep",
}
words! {
    /// What another party must be told of.
    Incident, "incident to be notified":
    Hit = "hit",
    UseInCourt = "use_in_court",
    Arrest = "arrest",
    Loss = "loss",
    Misuse = "misuse",
}
words! {
    /// What becomes of the copies when a treaty is suspended or ends.
    Aftermath, "treatment of copies":
    Keep = "keep",
    Freeze = "freeze",
    Delete = "delete",
}
