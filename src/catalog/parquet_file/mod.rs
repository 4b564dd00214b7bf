//! Parquet files: their footers checked before anything is believed, and their
//! rows read page by page.
//!
//! The `parquet` crate believes the footer and the page headers, and so would
//! read a damaged file as a shorter one, or panic. Here what the footer says
//! is compared with itself and with the size of the file ([`load`], [`check`]),
//! and what the pages hold with the footer ([`CheckedPages`], [`open_rows`]).

mod bit_packed;
mod encrypted;
mod error;
mod footer;
mod not_utf8;
mod pages;
mod rows;

pub(super) use encrypted::or_encrypted;
pub(super) use error::{of_arrow, of_parquet, plain};
pub(super) use footer::{check, load};
pub(super) use not_utf8::find_not_utf8;
pub(super) use pages::CheckedPages;
pub(super) use rows::open_rows;
