//! Options whose value is a word of a closed vocabulary: a wrong word is answered with the known ones.

use chancery_record::words::UnknownWord;
use chancery_record::{Kind, Purpose, WithdrawalReason};
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// A purpose of use.
pub fn purpose() -> impl TypedValueParser<Value = Purpose> {
    words(Purpose::ALL.iter().map(|purpose| purpose.word()))
}

/// A kind of record.
pub fn kind() -> impl TypedValueParser<Value = Kind> {
    words(Kind::ALL.iter().map(|kind| kind.word()))
}

/// Why a record is taken back.
pub fn withdrawal_reason() -> impl TypedValueParser<Value = WithdrawalReason> {
    words(WithdrawalReason::ALL.iter().map(|reason| reason.word()))
}

fn words<T>(known: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: std::str::FromStr<Err = UnknownWord> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(known).try_map(|word| word.parse::<T>())
}
