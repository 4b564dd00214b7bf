//! Which buffers of a batch hold views of texts, and how much these say.
//!
//! A view is 16 bytes, of which the first four are its length. Many may look at
//! the same text, and the reader checks the text of each.

use super::frames::Fault;
use arrow::datatypes::{DataType, Field, Fields};
use arrow::ipc::RecordBatch;
use std::sync::Arc;

/// Bytes of a view.
const VIEW: usize = 16;

/// The columns of a batch.
pub(super) enum Columns<'f> {
    /// Those of a schema.
    Fields(&'f Fields),
    /// The values of a dictionary: of which type is not told beside them.
    Values,
}

/// How many columns and parts of columns are keys into a dictionary.
pub(super) fn dictionaries_in(fields: &Fields) -> u64 {
    fields.iter().map(|field| in_type(field.data_type())).sum()
}

fn in_type(data_type: &DataType) -> u64 {
    match data_type {
        DataType::Dictionary(_, values) => 1 + in_type(values),
        other => children(other).iter().map(|c| in_type(c.data_type())).sum(),
    }
}

fn children(data_type: &DataType) -> Vec<&Arc<Field>> {
    match data_type {
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => vec![child],
        DataType::Struct(parts) => parts.iter().collect(),
        DataType::RunEndEncoded(ends, values) => vec![ends, values],
        DataType::Union(parts, _) => parts.iter().map(|(_, part)| part).collect(),
        _ => Vec::new(),
    }
}

/// The bytes of all texts that views of a batch say.
pub(super) fn said_by_views(
    columns: Columns<'_>,
    batch: &RecordBatch<'_>,
    body: &[u8],
) -> Result<u64, Fault> {
    let mut counts = batch.variadicBufferCounts().into_iter().flatten();
    let mut walk = Walk {
        batch,
        body,
        next: 0,
        said: 0,
    };
    match columns {
        Columns::Fields(fields) => {
            for field in fields {
                walk.field(field.data_type(), &mut counts)?;
            }
        }
        Columns::Values => match (counts.next(), counts.next()) {
            (None, _) => {}
            (Some(_), None) if batch.nodes().is_some_and(|nodes| nodes.len() == 1) => {
                walk.next = 1;
                walk.views()?;
            }
            _ => return Err(Fault::Broken("a dictionary holds more than texts")),
        },
    }
    Ok(walk.said)
}

struct Walk<'b> {
    batch: &'b RecordBatch<'b>,
    body: &'b [u8],
    /// The next buffer.
    next: usize,
    said: u64,
}

impl Walk<'_> {
    /// Passes over the buffers of a column, in the order in which they lie.
    fn field(
        &mut self,
        data_type: &DataType,
        counts: &mut impl Iterator<Item = i64>,
    ) -> Result<(), Fault> {
        match data_type {
            DataType::Utf8View | DataType::BinaryView => {
                self.next += 1;
                self.views()?;
                let more = counts.next().and_then(|count| usize::try_from(count).ok());
                let more = more.ok_or(Fault::Broken("a column of views has no buffers"))?;
                self.next = self.next.saturating_add(more);
                return Ok(());
            }
            DataType::Null | DataType::RunEndEncoded(_, _) => {}
            // Before version 5 of the format it has one more, and then all is mistaken
            // for something else: whoever means well has no such column here.
            DataType::Union(_, _) => return Err(Fault::Broken("it has a column of unions")),
            DataType::Struct(_) | DataType::FixedSizeList(_, _) => self.next += 1,
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::ListView(_)
            | DataType::LargeListView(_) => self.next += 3,
            _ => self.next += 2,
        }
        for child in children(data_type) {
            self.field(child.data_type(), counts)?;
        }
        Ok(())
    }

    /// Takes the next buffer as one of views.
    fn views(&mut self) -> Result<(), Fault> {
        let buffers = self.batch.buffers();
        let buffer = buffers.filter(|buffers| self.next < buffers.len());
        let buffer = buffer.map(|buffers| *buffers.get(self.next));
        self.next += 1;
        let Some(buffer) = buffer else {
            return Err(Fault::Broken("a batch lacks a buffer"));
        };
        // That it lies in the body has been seen.
        let start = usize::try_from(buffer.offset()).unwrap_or(usize::MAX);
        let length = usize::try_from(buffer.length()).unwrap_or(usize::MAX);
        let views = self.body.get(start..).and_then(|rest| rest.get(..length));
        for view in views.unwrap_or_default().chunks_exact(VIEW) {
            if let Some(length) = view.first_chunk() {
                let length = u32::from_le_bytes(*length);
                self.said = self.said.saturating_add(u64::from(length));
            }
        }
        Ok(())
    }
}
