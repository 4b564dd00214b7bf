//! The tokens file: hashes of secrets, and what their holders may do.

use super::{Caller, Permission};
use crate::diagnostic::quoted;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Bytes of a secret that is made here.
const SECRET: usize = 32;

/// A hash of a secret.
type Hash = [u8; 32];

/// A token: whose it is, and what it is good for. The secret itself is nowhere.
#[derive(Debug, Clone)]
pub struct Token {
    /// Name for the audit log.
    pub name: Arc<str>,
    /// The number that becomes `createdBy`.
    pub user_id: i64,
    /// What it is good for.
    pub permissions: Vec<Permission>,
    hash: Hash,
}

/// The tokens that are known.
///
/// ```
/// use classmark::server::{Permission, Tokens};
///
/// let text = r#"
/// [[token]]
/// name = "nightly batch"
/// user_id = 7
/// sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
/// permissions = ["GOVERNANCE"]
/// "#;
/// let tokens = Tokens::parse(text).unwrap();
/// assert_eq!(tokens.all()[0].permissions, [Permission::Governance]);
///
/// let error = Tokens::parse(&text.replace("GOVERNANCE", "ALL")).unwrap_err();
/// assert_eq!(error.line, 6);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    all: Vec<Token>,
}

/// Why a tokens file is refused. Nothing of a secret or a hash is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TokensError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A token that was just made.
#[derive(Debug)]
pub struct NewToken {
    /// The secret, which is told once.
    pub secret: String,
    /// What to add to the tokens file.
    pub entry: String,
}

impl Tokens {
    /// Reads a tokens file.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TokensError> {
        let root = DeTable::parse(text).map_err(|error| TokensError {
            line: line(text, error.span().map_or(0, |span| span.start)),
            // What the parser says is of syntax; what stands in the line is not told.
            message: format!("this is no TOML: {}", first_line(error.message())),
        })?;
        let mut reader = Reader {
            text,
            tokens: Tokens::default(),
        };
        reader.root(root.get_ref())?;
        Ok(reader.tokens)
    }

    /// All of them, in the order of the file.
    pub fn all(&self) -> &[Token] {
        &self.all
    }

    /// The place of the token whose secret this is.
    ///
    /// All hashes are compared, each in full, whichever it is.
    pub(in crate::server) fn find(&self, secret: &str) -> Option<usize> {
        if secret.is_empty() {
            return None;
        }
        let hash: Hash = Sha256::digest(secret).into();
        let mut found = u64::MAX;
        for (place, token) in self.all.iter().enumerate() {
            let same = token.hash.ct_eq(&hash);
            found.conditional_assign(&(place as u64), same);
        }
        usize::try_from(found)
            .ok()
            .filter(|place| *place < self.all.len())
    }

    pub(in crate::server) fn caller(&self, place: usize) -> Option<Caller> {
        let token = self.all.get(place)?;
        Some(Caller {
            user_id: token.user_id,
            name: Arc::clone(&token.name),
            permissions: token.permissions.clone(),
            token: Some(place),
        })
    }
}

impl NewToken {
    /// Makes a secret, and the entry that lets its holder in.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn make(
        name: &str,
        user_id: i64,
        permissions: &[Permission],
    ) -> Result<Self, std::io::Error> {
        let mut random = [0; SECRET];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let secret = format!("cmk_{}", hex(&random));
        let hash: Hash = Sha256::digest(&secret).into();
        let names: Vec<String> = permissions.iter().map(|p| format!("\"{p}\"")).collect();
        let entry = format!(
            "[[token]]\nname = {}\nuser_id = {user_id}\nsha256 = \"{}\"\npermissions = [{}]\n",
            toml::Value::from(name),
            hex(&hash),
            names.join(", "),
        );
        Ok(NewToken { secret, entry })
    }
}

struct Reader<'t> {
    text: &'t str,
    tokens: Tokens,
}

type Table<'t> = DeTable<'t>;
type Value<'t> = Spanned<DeValue<'t>>;

impl Reader<'_> {
    fn root(&mut self, root: &Table<'_>) -> Result<(), TokensError> {
        for (key, value) in root {
            if key.get_ref() != "token" {
                return Err(self.unknown(key.span().start, key.get_ref(), "`[[token]]`"));
            }
            let DeValue::Array(entries) = value.get_ref() else {
                return Err(self.wrong(value, "`token` is a list of tables: write `[[token]]`"));
            };
            for entry in entries.iter() {
                let DeValue::Table(table) = entry.get_ref() else {
                    return Err(self.wrong(entry, "a token is a table: write `[[token]]`"));
                };
                let token = self.token(entry, table)?;
                self.tokens.all.push(token);
            }
        }
        Ok(())
    }

    fn token(&self, entry: &Value<'_>, table: &Table<'_>) -> Result<Token, TokensError> {
        let fields = ["name", "user_id", "sha256", "permissions"];
        for (key, _) in table {
            if !fields.contains(&key.get_ref().as_ref()) {
                let known = "`name`, `user_id`, `sha256` and `permissions`";
                return Err(self.unknown(key.span().start, key.get_ref(), known));
            }
        }
        let field = |name: &str| {
            let found = table.get(name);
            found.ok_or_else(|| self.wrong(entry, format!("a token has no `{name}`")))
        };
        Ok(Token {
            name: self.name(field("name")?)?.into(),
            user_id: self.user_id(field("user_id")?)?,
            hash: self.hash(field("sha256")?)?,
            permissions: self.permissions(field("permissions")?)?,
        })
    }

    fn name<'v>(&self, value: &'v Value<'_>) -> Result<&'v str, TokensError> {
        match value.get_ref().as_str() {
            Some(name) if !name.trim().is_empty() => Ok(name),
            _ => Err(self.wrong(value, "`name` is a text that is not empty")),
        }
    }

    fn user_id(&self, value: &Value<'_>) -> Result<i64, TokensError> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        // Beyond it, JavaScript rounds.
        let exact = number.filter(|id| (0..=1 << 53).contains(id));
        exact.ok_or_else(|| self.wrong(value, "`user_id` is a whole number from 0 to 2^53"))
    }

    fn hash(&self, value: &Value<'_>) -> Result<Hash, TokensError> {
        let hash = value.get_ref().as_str().and_then(unhex);
        let hash = hash.ok_or_else(|| {
            self.wrong(
                value,
                "`sha256` is the secret's SHA-256 in 64 hexadecimal digits",
            )
        })?;
        if hash == <Hash>::from(Sha256::digest("")) {
            return Err(self.wrong(value, "`sha256` is that of an empty secret"));
        }
        if self.tokens.all.iter().any(|token| token.hash == hash) {
            return Err(self.wrong(value, "an earlier token has the same `sha256`"));
        }
        Ok(hash)
    }

    fn permissions(&self, value: &Value<'_>) -> Result<Vec<Permission>, TokensError> {
        let what = "`permissions` is a list of texts";
        let DeValue::Array(names) = value.get_ref() else {
            return Err(self.wrong(value, what));
        };
        let mut permissions = Vec::new();
        for name in names.iter() {
            let text = name.get_ref().as_str();
            let text = text.ok_or_else(|| self.wrong(name, what))?;
            let known = Permission::named(text).ok_or_else(|| self.no_permission(name, text))?;
            permissions.push(known);
        }
        permissions.sort_unstable();
        permissions.dedup();
        Ok(permissions)
    }

    fn no_permission(&self, value: &Value<'_>, name: &str) -> TokensError {
        let known = Permission::ALL.map(|p| format!("`{p}`")).join(", ");
        let named = named(name);
        self.wrong(
            value,
            format!("there is no permission{named}: there are {known}"),
        )
    }

    fn unknown(&self, at: usize, field: &str, known: &str) -> TokensError {
        let named = named(field);
        TokensError {
            line: line(self.text, at),
            message: format!("there is no field{named} here: there is {known}"),
        }
    }

    fn wrong(&self, value: &Value<'_>, message: impl Into<String>) -> TokensError {
        TokensError {
            line: line(self.text, value.span().start),
            message: message.into(),
        }
    }
}

/// A name that is told, unless it looks as if a secret had slipped there.
fn named(name: &str) -> String {
    match name.len() {
        ..=40 if !name.starts_with("cmk_") => format!(" {}", quoted(name)),
        _ => String::new(),
    }
}

fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::{NewToken, Permission, Tokens};

    const HASH: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    fn entry(rest: &str) -> String {
        format!("[[token]]\nname = \"a\"\nuser_id = 1\n{rest}")
    }

    #[test]
    fn what_is_made_is_found() {
        let all = Permission::ALL;
        let first = NewToken::make("it's \"me\"\n", 7, &all).unwrap();
        let second = NewToken::make("b", 8, &all[..1]).unwrap();
        let tokens = Tokens::parse(&format!("{}{}", first.entry, second.entry)).unwrap();
        assert_eq!(tokens.find(&first.secret), Some(0));
        assert_eq!(tokens.find(&second.secret), Some(1));
        assert_eq!(&*tokens.all()[0].name, "it's \"me\"\n");
        for wrong in [
            "",
            "cmk_",
            &first.secret[..67],
            &second.secret.to_uppercase(),
        ] {
            assert_eq!(tokens.find(wrong), None, "{wrong}");
        }
        assert_eq!(Tokens::default().find(""), None);
    }

    #[test]
    fn faults_have_their_line_and_tell_no_secret() {
        let cases = [
            ("x = 1".to_owned(), 1, "no field `x`"),
            ("token = 1".to_owned(), 1, "list of tables"),
            ("\ntoken = [1]".to_owned(), 2, "a token is a table"),
            ("[[token]".to_owned(), 1, "no TOML"),
            (entry(&format!("sha256 = \"{HASH}")), 4, "no TOML"),
            (entry(""), 1, "no `sha256`"),
            (entry("secret = \"x\""), 4, "no field `secret`"),
            (entry(&format!("{HASH} = \"x\"")), 4, "no field here"),
            (
                entry("sha256 = \"xyz\"\npermissions = []"),
                4,
                "64 hexadecimal",
            ),
            (
                entry(&format!("sha256 = \"{}é\"\npermissions = []", &HASH[..62])),
                4,
                "64 hexa",
            ),
            (entry("sha256 = 5\npermissions = []"), 4, "64 hexadecimal"),
            (
                entry(&format!("sha256 = \"{HASH}\"\npermissions = 5")),
                5,
                "list of texts",
            ),
            (
                entry(&format!("sha256 = \"{HASH}\"\npermissions = [\n5]")),
                6,
                "list of texts",
            ),
            (
                entry(&format!(
                    "sha256 = \"{HASH}\"\npermissions = [\"governance\"]"
                )),
                5,
                "`GOVERNANCE`",
            ),
            (
                entry(&format!("sha256 = \"{HASH}\"\npermissions = [\"{HASH}\"]")),
                5,
                "no permission:",
            ),
        ];
        for (text, line, what) in cases {
            let error = Tokens::parse(&text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.message.contains(what), "{text}: {error}");
            assert!(!error.message.contains(&HASH[..8]), "{error}");
        }
    }

    #[test]
    fn user_ids_are_plain_numbers() {
        let with = |id: &str| {
            let rest = format!("sha256 = \"{HASH}\"\npermissions = []");
            Tokens::parse(&format!("[[token]]\nname = \"a\"\nuser_id = {id}\n{rest}"))
        };
        for good in ["0", "7", "0x10", "9007199254740992"] {
            assert!(with(good).is_ok(), "{good}");
        }
        for bad in [
            "-1",
            "1.5",
            "\"7\"",
            "9007199254740993",
            "99999999999999999999",
        ] {
            assert_eq!(with(bad).unwrap_err().line, 3, "{bad}");
        }
    }

    #[test]
    fn nothing_is_no_secret() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let error = Tokens::parse(&entry(&format!("sha256 = \"{empty}\"\npermissions = []\n")));
        assert_eq!(error.unwrap_err().line, 4);
    }

    #[test]
    fn a_hash_is_there_once() {
        let one = entry(&format!("sha256 = \"{HASH}\"\npermissions = []\n"));
        let error = Tokens::parse(&format!("{one}{}", one.replace(HASH, &HASH.to_uppercase())));
        let error = error.unwrap_err();
        assert_eq!(error.line, 9);
        assert!(!error.message.contains(&HASH[..8]));
    }
}
