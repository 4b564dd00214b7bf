//! `classmark serve token`: a secret, told once.

use super::arguments::TokenArguments;
use super::told;
use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::print;
use crate::render::json;
use classmark::pipeline::Blame;
use classmark::server::NewToken;
use serde::Serialize;

#[derive(Serialize)]
struct TokenRecord {
    secret: String,
    entry: String,
}

/// Makes a token.
pub(crate) fn run(asked: &TokenArguments) -> Result<Exit, Failure> {
    if asked.name.trim().is_empty() {
        return Err(Failure::Told {
            blame: Blame::Usage,
            message: "`--name` is empty".into(),
        });
    }
    let made = NewToken::make(&asked.name, asked.user_id, &asked.permission);
    let made = made.map_err(|error| told(Blame::Output, &error))?;
    let text = match asked.format {
        Format::Human => format!(
            "The secret, which is told only now:\n\n{}\n\nAdd this to the tokens file, and start the server again:\n\n{}",
            made.secret, made.entry
        ),
        Format::Json => json(&TokenRecord {
            secret: made.secret,
            entry: made.entry,
        }),
    };
    print(text.as_bytes())?;
    Ok(Exit::Done)
}
