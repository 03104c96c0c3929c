//! Rust source, read just far enough to measure it.

use std::ops::Range;

/// A source file with a copy in which comments, strings and characters are blank.
pub struct Source {
    pub text: String,
    /// As long as `text`, with the same line ends; what is left is code.
    pub code: String,
}

/// A function with a body.
#[derive(Debug, PartialEq)]
pub struct Function {
    pub name: String,
    /// The line of its `fn`, counted from 1.
    pub line: usize,
    /// Lines from its `fn` to its closing brace.
    pub lines: usize,
}

impl Source {
    pub fn new(text: String) -> Self {
        let code = code_of(&text);
        Self { text, code }
    }

    /// Lines that are no part of an item under `#[cfg(test)]`.
    pub fn product_lines(&self) -> usize {
        let tests: usize = self.test_items().into_iter().map(|item| lines_in(&self.code[item])).sum();
        self.text.lines().count() - tests
    }

    /// The code without items under `#[cfg(test)]`.
    pub fn product_code(&self) -> String {
        let mut code = self.code.clone().into_bytes();
        for item in self.test_items() {
            blank(&mut code[item]);
        }
        String::from_utf8(code).expect("whole items were blanked")
    }

    /// Every function that has a body, nested ones included.
    pub fn functions(&self) -> Vec<Function> {
        let starts = self.code.match_indices("fn ").map(|(at, _)| at);
        let starts = starts.filter(|at| !self.code[..*at].ends_with(is_of_a_word));
        let measured = starts.filter_map(|at| {
            let name: String = self.code[at + 3..].chars().take_while(|letter| is_of_a_word(*letter)).collect();
            let end = end_of_item(&self.code, at)?;
            let has_body = !name.is_empty() && self.code[..end].ends_with('}');
            let line = lines_in(&self.code[..at]).max(1);
            has_body.then(|| Function { name, line, lines: lines_in(&self.code[at..end]) })
        });
        measured.collect()
    }

    fn test_items(&self) -> Vec<Range<usize>> {
        let mut items: Vec<Range<usize>> = Vec::new();
        for (at, mark) in self.code.match_indices("#[cfg(test)]") {
            if items.last().is_none_or(|item| item.end <= at) {
                let end = end_of_item(&self.code, at + mark.len()).unwrap_or(self.code.len());
                items.push(at..end);
            }
        }
        items
    }
}

/// Whether a letter can stand within a name.
pub fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Whether the code has the word, not as a part of a longer one.
pub fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(is_of_a_word) && !code[at + word.len()..].starts_with(is_of_a_word))
}

fn lines_in(code: &str) -> usize {
    code.split('\n').count()
}

/// Where the item that begins at `start` ends: behind its closing brace, or behind its semicolon where it has no body.
fn end_of_item(code: &str, start: usize) -> Option<usize> {
    let (mut brackets, mut braces) = (0usize, 0usize);
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.checked_sub(1)?,
            b'{' => braces += 1,
            b'}' => braces = braces.checked_sub(1)?,
            _ => {}
        }
        if matches!(byte, b'}' | b';') && brackets == 0 && braces == 0 {
            return Some(at + 1);
        }
    }
    None
}

fn code_of(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    let mut at = 0;
    while at < text.len() {
        let end = end_of_silent_piece(text, at);
        match end {
            Some(end) => {
                blank(&mut code[at..end]);
                at = end;
            }
            None => at += 1,
        }
    }
    String::from_utf8(code).expect("whole pieces were blanked")
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Where a comment, string or character that begins at `at` ends.
fn end_of_silent_piece(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let upto = |length: usize| Some(at + length);
    if rest.starts_with("//") {
        return upto(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return upto(length_of_block_comment(rest));
    }
    let behind_a_word = text[..at].ends_with(is_of_a_word);
    if rest.starts_with('\'') {
        return length_of_character(rest).and_then(upto);
    }
    if rest.starts_with("b'") && !behind_a_word {
        return length_of_character(&rest[1..]).and_then(|length| upto(length + 1));
    }
    let prefixed = ["br", "cr", "b", "c", "r"].iter().find(|prefix| rest.starts_with(**prefix));
    let prefix = if behind_a_word { "" } else { prefixed.copied().unwrap_or("") };
    let quoted = &rest[prefix.len()..];
    let hashes = quoted.len() - quoted.trim_start_matches('#').len();
    let raw = prefix.ends_with('r');
    let opens = quoted[hashes..].starts_with('"') && (raw || hashes == 0);
    if !opens {
        return None;
    }
    let inside = &quoted[hashes + 1..];
    let length = if raw {
        let close = format!("\"{}", "#".repeat(hashes));
        inside.find(&close).map_or(inside.len(), |end| end + close.len())
    } else {
        length_of_string(inside)
    };
    upto(prefix.len() + hashes + 1 + length)
}

fn length_of_block_comment(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// A character literal; a lifetime is none.
fn length_of_character(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        letters.next();
        return letters.find(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1);
    }
    letters.next().filter(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1)
}

/// From behind the opening quote to behind the closing one.
fn length_of_string(inside: &str) -> usize {
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return at + 1,
            _ => {}
        }
    }
    inside.len()
}

#[test]
fn only_code_is_left() {
    let check = |text: &str, code: &str| assert_eq!(code_of(text), code, "{text}");
    check("a // b\nc", "a     \nc");
    check("a /* b /* c */ d */ e", "a                   e");
    check(r#"a "b \" { c" d"#, "a            d");
    check("a r#\"b \" { \\\"# d", "a              d");
    check("let a: &'b str = '{';", "let a: &'b str =    ;");
    check("'\\'' '\\u{7d}' 'é' b'}' for", &(" ".repeat(24) + "for"));
    check("br\"{\" var\"{\"", "      var   ");
}

#[test]
fn functions_are_measured() {
    let source = Source::new(
        "trait A {\n    fn none(&self);\n    fn one(&self, f: fn(u8) -> [u8; 2]) {}\n}\nfn two() -> Vec<u8>\nwhere\n    A: B,\n{\n    \
         match a { _ => \"}\" }\n}\n"
            .into(),
    );
    let found: Vec<_> = source.functions().into_iter().map(|found| (found.name, found.line, found.lines)).collect();
    assert_eq!(found, [("one".to_owned(), 3, 1), ("two".to_owned(), 5, 6)]);
}

#[test]
fn test_items_are_left_out() {
    let source =
        Source::new("a;\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod d;\n".into());
    assert_eq!(source.product_lines(), 2);
    assert!(!has_word(&source.product_code(), "b") && has_word(&source.product_code(), "c"));
}
