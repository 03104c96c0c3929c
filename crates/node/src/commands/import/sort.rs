//! Which sort of list a file begins like, so that one given to the wrong import is told so.

/// The forms that lists come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// What the notices API answers.
    Json,
    /// The consolidated list.
    Xml,
}

/// The sort that the first bytes of a file look like.
pub fn of(beginning: &[u8]) -> Option<Sort> {
    let text = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(beginning).trim_ascii_start();
    match text.first() {
        Some(b'<') => Some(Sort::Xml),
        Some(b'{' | b'[') => Some(Sort::Json),
        _ => None,
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mark_tells() {
        let check = |text: &str, expected| assert_eq!(of(text.as_bytes()), expected, "{text:?}");
        check("\u{feff}\n <?xml version=\"1.0\"?>", Some(Sort::Xml));
        check(" [{}]", Some(Sort::Json));
        check("{\"_embedded\": {}}", Some(Sort::Json));
        check("", None);
        check("name,born", None);
    }
}
