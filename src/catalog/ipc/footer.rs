//! The footer of an Arrow IPC file.

use super::messages::{Bytes, Frame};
use super::{Fault, schema_of};
use arrow::datatypes::SchemaRef;
use arrow::ipc::{Block, root_as_footer};

const MAGIC: &[u8; 6] = b"ARROW1";

/// What a footer names.
pub(super) struct Footer {
    /// Where it begins.
    pub(super) start: u64,
    pub(super) schema: SchemaRef,
    pub(super) dictionaries: Vec<Frame>,
    pub(super) batches: Vec<Frame>,
}

impl Footer {
    pub(super) fn read(bytes: &mut Bytes) -> Result<Self, Fault> {
        let cut_off = "the Arrow file has no footer: it was cut off";
        let size = bytes.size;
        let end = size
            .checked_sub(10)
            .filter(|end| *end >= 8)
            .ok_or(cut_off)?;
        let [a, b, c, d, magic @ ..] = bytes.take::<10>(end)?;
        if magic != *MAGIC {
            return Err(cut_off.into());
        }
        let length = u64::try_from(i32::from_le_bytes([a, b, c, d])).ok();
        let start = length.and_then(|length| end.checked_sub(length));
        let start = start.filter(|start| *start >= 8 && *start < end);
        let start = start.ok_or("the footer is longer than the file")?;
        let footer = bytes.vec(start, end)?;
        let footer = root_as_footer(&footer).map_err(|_| Fault::from("the footer is damaged"))?;
        let schema = footer.schema().ok_or("the footer has no schema")?;
        let mut frame = |block: &Block| frame(bytes, block, start);
        let dictionaries = footer.dictionaries().into_iter().flatten();
        let dictionaries = dictionaries.map(&mut frame).collect::<Result<_, _>>()?;
        let batches = footer
            .recordBatches()
            .ok_or("the footer names no batches")?;
        Ok(Footer {
            start,
            schema: schema_of(schema)?,
            dictionaries,
            batches: batches.iter().map(&mut frame).collect::<Result<_, _>>()?,
        })
    }
}

/// The message that a footer names, which must be as long as it says.
fn frame(bytes: &mut Bytes, block: &Block, end: u64) -> Result<Frame, Fault> {
    let outside = "the footer names a message that lies outside the file";
    let start = u64::try_from(block.offset()).ok();
    let start = start
        .filter(|start| *start >= 8 && *start < end)
        .ok_or(outside)?;
    let head = u64::try_from(block.metaDataLength()).map_err(|_| Fault::from(outside))?;
    let body = u64::try_from(block.bodyLength()).map_err(|_| Fault::from(outside))?;
    let frame = bytes.frame(start, end)?;
    let frame = frame.ok_or("the footer names a message that is not there")?;
    let agrees = frame.body - start == head && frame.end - frame.body == body;
    match agrees {
        true => Ok(frame),
        false => Err("the footer and a message disagree about its length".into()),
    }
}
