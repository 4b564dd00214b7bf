//! Browsers that have signed in: they cannot send a token with every call.

use super::Tokens;
use crate::server::access::Caller;
use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a session lasts, whatever is done in it.
pub(in crate::server) const LASTS: Duration = Duration::from_secs(12 * 60 * 60);

/// Sessions of one token; a further one ends its oldest.
const MOST: usize = 64;

/// The cookie's name. With the prefix, browsers take it from this very host over
/// TLS only, so that no neighbouring host can plant one.
const OVER_TLS: &str = "__Host-classmark";
const PLAIN: &str = "classmark";

type Hash = [u8; 32];

/// The sessions there are, in memory alone: by the hash of what the browser has.
#[derive(Debug, Default)]
pub(in crate::server) struct Sessions {
    all: Mutex<BTreeMap<Hash, Session>>,
}

#[derive(Debug, Clone, Copy)]
struct Session {
    /// Its token's place in the tokens file.
    token: usize,
    ends: Instant,
}

impl Sessions {
    /// Begins a session, and tells what its browser is to have. It is new each
    /// time: nobody can have planted it.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub(in crate::server) fn begin(&self, token: usize, now: Instant) -> io::Result<String> {
        let mut random: Hash = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, session| session.ends > now);
        let mine = all.iter().filter(|(_, session)| session.token == token);
        let mine: Vec<(Instant, Hash)> = mine.map(|(hash, s)| (s.ends, *hash)).collect();
        if mine.len() >= MOST
            && let Some((_, oldest)) = mine.iter().min()
        {
            all.remove(oldest);
        }
        let ends = now + LASTS;
        all.insert(hash(&secret), Session { token, ends });
        Ok(secret)
    }

    /// Ends the session of a call, if it has one.
    pub(in crate::server) fn end(&self, headers: &HeaderMap) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        for name in [OVER_TLS, PLAIN] {
            if let Some(secret) = cookie(headers, name) {
                all.remove(&hash(secret));
            }
        }
    }

    /// Who calls, if it is a browser that has signed in.
    pub(super) fn caller(
        &self,
        headers: &HeaderMap,
        tokens: &Tokens,
        now: Instant,
    ) -> Option<Caller> {
        let secret = cookie(headers, cookie_name(is_over_tls(headers)))?;
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let session = all.get(&hash(secret))?;
        let token = (session.ends > now).then_some(session.token)?;
        tokens.caller(token)
    }
}

fn hash(secret: &str) -> Hash {
    Sha256::digest(secret).into()
}

/// Whether the browser came by TLS, as the proxy before us tells.
pub(in crate::server) fn is_over_tls(headers: &HeaderMap) -> bool {
    let told = headers.get("x-forwarded-proto");
    told.is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

fn cookie_name(over_tls: bool) -> &'static str {
    if over_tls { OVER_TLS } else { PLAIN }
}

/// What a browser is told to keep.
pub(in crate::server) fn kept(secret: &str, over_tls: bool) -> String {
    set(secret, LASTS.as_secs(), over_tls)
}

/// What a browser is told to forget it.
pub(in crate::server) fn forgotten(over_tls: bool) -> String {
    set("", 0, over_tls)
}

fn set(value: &str, seconds: u64, over_tls: bool) -> String {
    let name = cookie_name(over_tls);
    let secure = if over_tls { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// The value of a cookie that is there once.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.filter_map(|line| line.to_str().ok());
    let pairs = pairs.flat_map(|line| line.split(';'));
    let mut found = pairs.filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::{LASTS, MOST, Sessions, kept};
    use crate::server::access::{NewToken, Tokens};
    use axum::http::{HeaderMap, HeaderValue, header};
    use std::time::{Duration, Instant};

    fn tokens() -> Tokens {
        let two = ["a", "b"].map(|name| NewToken::make(name, 1, &[]).unwrap().entry);
        Tokens::parse(&two.concat()).unwrap()
    }

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn a_session_lasts_until_it_ends() {
        let (sessions, tokens, start) = (Sessions::default(), tokens(), Instant::now());
        let secret = sessions.begin(1, start).unwrap();
        assert_eq!(secret.len(), 64);
        let mine = with(&format!("a=b; classmark={secret}"));
        let who = |headers: &HeaderMap, now| {
            let caller = sessions.caller(headers, &tokens, now);
            caller.map(|caller| caller.name.to_string())
        };
        assert_eq!(who(&mine, start).as_deref(), Some("b"));
        let last = start + LASTS - Duration::from_millis(1);
        assert_eq!(who(&mine, last).as_deref(), Some("b"));
        assert_eq!(who(&mine, start + LASTS), None);
        assert_eq!(who(&with(&format!("classmark={secret}0")), start), None);
        let twice = with(&format!("classmark={secret}; classmark={secret}"));
        assert_eq!(who(&twice, start), None);
        sessions.end(&mine);
        assert_eq!(who(&mine, start), None);
    }

    #[test]
    fn over_tls_only_its_own_cookie_counts() {
        let (sessions, tokens, start) = (Sessions::default(), tokens(), Instant::now());
        let secret = sessions.begin(0, start).unwrap();
        let over_tls = |cookie: &str| {
            let mut headers = with(cookie);
            headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
            sessions.caller(&headers, &tokens, start).is_some()
        };
        assert!(over_tls(&format!("__Host-classmark={secret}")));
        assert!(!over_tls(&format!("classmark={secret}")));
        let set = kept("x", true);
        assert!(set.starts_with("__Host-classmark=x; Path=/;") && set.ends_with("; Secure"));
        assert!(!kept("x", false).contains("Secure"));
    }

    #[test]
    fn a_token_has_so_many_sessions_and_no_more() {
        let (sessions, tokens, start) = (Sessions::default(), tokens(), Instant::now());
        let others = sessions.begin(1, start).unwrap();
        let secrets: Vec<String> = (0..MOST as u64 + 2)
            .map(|n| sessions.begin(0, start + Duration::from_secs(n)).unwrap())
            .collect();
        let now = start + Duration::from_secs(1000);
        let known = |secret: &String| {
            let headers = with(&format!("classmark={secret}"));
            sessions.caller(&headers, &tokens, now).is_some()
        };
        assert_eq!(secrets.iter().map(known).filter(|k| !k).count(), 2);
        assert!(!known(&secrets[0]) && !known(&secrets[1]) && known(&others));
        let later = start + LASTS + LASTS;
        sessions.begin(0, later).unwrap();
        assert_eq!(sessions.all.lock().unwrap().len(), 1);
    }
}
