//! Immuta's and Datadog's resources over HTTP, on a [store](crate::store).
//!
//! - `endpoint`: the table that everything is made from: router, guard, OpenAPI;
//! - `access`: who calls, and what they may do;
//! - `guard`: what every call goes through before its endpoint;
//! - `answer`: what is answered, and how the families say no;
//! - `runs`: batch jobs, and the thread that does them; `findings`: what they came to;
//! - `frameworks`: Immuta's resource; `evaluate`: catalogs and edits tried out;
//! - `custom_frameworks`, `rulesets`: Datadog's resources; `json_api`: documents as it has them;
//! - `pages`: all that is for people;
//! - `listen`: connections, their limits, and their end; `newcomers`: those on which
//!   nobody has shown yet who they are; `address`: who counts as one address.
//!
//! An endpoint gets a `call::Call` and gives an answer or a refusal; how a
//! refusal looks is its family's business. Nothing here knows SQL.

mod access;
mod address;
mod answer;
mod app;
mod audit;
mod call;
mod clock;
mod custom_frameworks;
mod ending;
mod endpoint;
mod evaluate;
mod findings;
mod frameworks;
mod guard;
mod health;
mod json_api;
mod listen;
mod metrics;
mod newcomers;
mod openapi;
mod pages;
mod rate;
mod request_id;
mod routes;
mod rulesets;
mod runs;
mod start;
mod stream;

pub use access::{Access, NewToken, Permission, Token, Tokens, TokensError};
pub use clock::Clock;
pub use ending::Ending;
pub use start::{Options, Server, StartError, StopError};
