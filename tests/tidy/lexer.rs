//! Rust source as tokens without comments, strings and characters, so that a rule never trips over prose.

/// A word or one character of punctuation (`::` is one), with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// The tokens of a file, those of production code apart from those of `#[cfg(test)]` items.
#[derive(Debug, Default)]
pub struct Code {
    pub production: Vec<Token>,
    pub tests: Vec<Token>,
}

/// Reads a file; one that holds tests alone (`tests/...`, `x/tests.rs`) has no production code.
pub fn read(path: &str, text: &str) -> Code {
    let tokens = tokens(text);
    if path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/") {
        return Code {
            production: Vec::new(),
            tests: tokens,
        };
    }
    let mut code = Code::default();
    let mut rest = tokens.as_slice();
    while let Some(token) = rest.first() {
        let attribute: Vec<&str> = rest.iter().take(7).map(|token| token.text.as_str()).collect();
        let length = if attribute == ["#", "[", "cfg", "(", "test", ")", "]"] {
            7 + item_length(&rest[7..])
        } else {
            0
        };
        if length > 0 {
            code.tests.extend_from_slice(&rest[..length]);
            rest = &rest[length..];
        } else {
            code.production.push(token.clone());
            rest = &rest[1..];
        }
    }
    code
}

/// Tokens of the item that begins here: to its `;` or the end of its first braces.
fn item_length(tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let skipped = skip(&chars[at..]);
        if skipped > 0 {
            line += chars[at..at + skipped].iter().filter(|c| **c == '\n').count();
            at += skipped;
            continue;
        }
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        let word = chars[at..].iter().take_while(|c| is_word(c)).count();
        let length = if word > 0 {
            word
        } else if chars[at..].starts_with(&[':', ':']) {
            2
        } else {
            1
        };
        tokens.push(Token {
            text: chars[at..at + length].iter().collect(),
            line,
        });
        at += length;
    }
    tokens
}

/// Characters to skip here: white space, a comment, a string or a character.
fn skip(chars: &[char]) -> usize {
    let text = |n: usize| chars.get(n).copied().unwrap_or(' ');
    let until = |from: usize, end: &[char]| {
        let found = (from..chars.len()).find(|at| chars[*at..].starts_with(end));
        found.map_or(chars.len(), |at| at + end.len())
    };
    match (text(0), text(1)) {
        (c, _) if c.is_whitespace() => 1,
        ('/', '/') => until(2, &['\n']),
        ('/', '*') => until(2, &['*', '/']),
        ('"', _) => quoted(chars, 1),
        ('b' | 'c', '"') => quoted(chars, 2),
        ('r', '"' | '#') => raw(chars, 1),
        ('b' | 'c', 'r') if matches!(text(2), '"' | '#') => raw(chars, 2),
        ('\'', '\\') => until(3, &['\'']),
        ('\'', _) if text(2) == '\'' => 3,
        _ => 0,
    }
}

fn quoted(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn raw(chars: &[char], from: usize) -> usize {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = from + hashes + 1;
    let found = (body..chars.len()).find(|at| chars[*at..].starts_with(&end));
    found.map_or(chars.len(), |at| at + end.len())
}
