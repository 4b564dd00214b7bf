//! Integration tests.
#[cfg(test)]
mod commit;
#[cfg(test)]
mod demo;
