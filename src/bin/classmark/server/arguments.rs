//! What can be asked of the server's commands.

use crate::arguments::Format;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use classmark::server::Permission;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Serve frameworks, rulesets, runs and findings over HTTP, from a store.
#[derive(Debug, Args)]
#[command(after_help = crate::arguments::EXIT_CODES)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(group = ArgGroup::new("access").args(["tokens", "open"]).required(true))]
pub(crate) struct ServeArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ServeCommand>,
    /// The store; made where nothing is.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) store: Option<PathBuf>,
    /// Where to listen; port 0 is any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Who may do what: a TOML file of tokens.
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens: Option<PathBuf>,
    /// Let everybody on this machine do everything.
    #[arg(long)]
    pub(crate) open: bool,
    /// The folder whose files runs may read [default: none, and no runs].
    #[arg(long, value_name = "DIR")]
    pub(crate) files_root: Option<PathBuf>,
    /// The folder for the results of runs [default: the store's name with `.runs` after it].
    #[arg(long, value_name = "DIR")]
    pub(crate) runs: Option<PathBuf>,
    /// The results of so many runs that ended well are kept; older ones are removed.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) keep_runs: u32,
    /// Requests a second of one token, or of one address without a token; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) rate: u32,
    /// Connections at once; more wait.
    #[arg(long, value_name = "N", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) connections: u32,
    /// Connections at once from one address that have not shown a token yet; of more, the oldest
    /// are closed; 0 is no limit.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=65_536))]
    pub(crate) connections_per_address: u32,
    /// How much is logged to stderr; `debug` tells reads that went well, too.
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Info)]
    pub(crate) log: Level,
    /// For people, or one JSON object a line.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServeCommand {
    Token(TokenArguments),
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

/// Make a token: its secret is printed once, with the entry for the tokens file.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// Name for the audit log.
    #[arg(long)]
    pub(crate) name: String,
    /// The number that becomes `createdBy`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=1 << 53))]
    pub(crate) user_id: i64,
    /// What it is good for: `GOVERNANCE`, `security_monitoring_rules_read`,
    /// `security_monitoring_rules_write`.
    #[arg(long, value_name = "PERMISSION", num_args = 1.., required = true, value_delimiter = ',', value_parser = permission)]
    pub(crate) permission: Vec<Permission>,
    /// For people, or as JSON.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Look after a store.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    #[command(subcommand)]
    pub(crate) command: StoreCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    Backup(BackupArguments),
}

/// Write a copy of a store, whole and checked, while a server goes on writing it.
#[derive(Debug, Args)]
#[command(after_help = crate::arguments::EXIT_CODES)]
pub(crate) struct BackupArguments {
    /// The store.
    pub(crate) store: PathBuf,
    /// The copy; nothing may be there yet.
    pub(crate) copy: PathBuf,
    /// For people, or as JSON.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

impl ServeArguments {
    /// For whom the command writes.
    pub(crate) fn format(&self) -> Format {
        match &self.command {
            Some(ServeCommand::Token(asked)) => asked.format,
            None => self.format,
        }
    }
}

impl StoreArguments {
    /// For whom the command writes.
    pub(crate) fn format(&self) -> Format {
        let StoreCommand::Backup(asked) = &self.command;
        asked.format
    }
}

fn permission(name: &str) -> Result<Permission, String> {
    let known = Permission::ALL.map(|p| format!("`{p}`")).join(", ");
    Permission::named(name).ok_or_else(|| format!("there are {known}"))
}
