//! The lengths in a message, held against its bytes.

use super::Fault;
use super::compressed::uncompressed_length;
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Fields, UnionMode};
use arrow::ipc::{self, CompressionType, FieldNode, MetadataVersion};

/// A message may come to so many bytes, or to so many times its own.
const MOST_BYTES: u64 = 1 << 30;
const MOST_TIMES: u64 = 64;
/// Rows that take no bytes: nulls of a column that has nothing else.
const MOST_EMPTY: u64 = 1 << 24;

/// A record batch, or the values of a dictionary.
pub(super) struct Parts<'m> {
    pub(super) version: MetadataVersion,
    pub(super) batch: ipc::RecordBatch<'m>,
    pub(super) body: &'m Buffer,
}

/// Checks a batch with these columns; those that are not read (`None`: all are)
/// need only lie within the body.
pub(super) fn check(
    parts: &Parts<'_>,
    fields: &Fields,
    columns: Option<&[usize]>,
) -> Result<(), Fault> {
    let rows = parts.batch.length();
    let rows = u64::try_from(rows).map_err(|_| Fault::from("it has less than no rows"))?;
    let mut walk = Walk::over(parts)?;
    for (place, field) in fields.iter().enumerate() {
        walk.is_read = columns.is_none_or(|columns| columns.contains(&place));
        let length = walk.field(field.data_type())?;
        if walk.is_read && length != rows {
            return Err(Fault::Broken(format!(
                "it has {rows} rows, and its column {} has {length}",
                crate::diagnostic::quoted(field.name())
            )));
        }
    }
    walk.finish()
}

struct Walk<'m> {
    body: &'m [u8],
    version: MetadataVersion,
    codec: Option<CompressionType>,
    nodes: Box<dyn Iterator<Item = &'m FieldNode> + 'm>,
    buffers: Box<dyn Iterator<Item = &'m ipc::Buffer> + 'm>,
    buffer_count: u64,
    /// How many buffers columns of views have.
    views: Box<dyn Iterator<Item = i64> + 'm>,
    /// Whether the column at hand is read.
    is_read: bool,
    /// Bytes of all buffers that are read, once uncompressed.
    bytes: u64,
    /// The most rows of a column that is read.
    most: u64,
}

impl<'m> Walk<'m> {
    fn over(parts: &'m Parts<'m>) -> Result<Self, Fault> {
        let batch = &parts.batch;
        let buffers = batch.buffers().ok_or("it has no buffers")?;
        let nodes = batch.nodes().ok_or("it has no columns")?;
        let views = batch.variadicBufferCounts().into_iter().flatten();
        Ok(Walk {
            body: parts.body.as_slice(),
            version: parts.version,
            codec: batch.compression().map(|compression| compression.codec()),
            nodes: Box::new(nodes.iter()),
            buffer_count: buffers.len() as u64,
            buffers: Box::new(buffers.iter()),
            views: Box::new(views),
            is_read: true,
            bytes: 0,
            most: 0,
        })
    }

    fn finish(mut self) -> Result<(), Fault> {
        if self.views.next().is_some() {
            return Err("it has buffers of views that belong to no column".into());
        }
        let body = self.body.len() as u64;
        if self.bytes > MOST_BYTES.max(body.saturating_mul(MOST_TIMES)) {
            return Err(Fault::Broken(format!(
                "its {body} bytes claim to come to {}: write it again with less compression, \
                 or in smaller batches",
                self.bytes
            )));
        }
        match self.most > self.bytes.saturating_mul(8).saturating_add(MOST_EMPTY) {
            true => Err("it claims more rows than its bytes can hold".into()),
            false => Ok(()),
        }
    }

    /// Passes over a column; how many rows it has.
    fn field(&mut self, data_type: &DataType) -> Result<u64, Fault> {
        let node = self.nodes.next().ok_or("it lacks a column")?;
        let rows = u64::try_from(node.length()).ok();
        let nulls = u64::try_from(node.null_count()).ok();
        let (Some(rows), Some(nulls)) = (rows, nulls) else {
            return Err("a column has no length".into());
        };
        if nulls > rows {
            return Err("a column has more nulls than rows".into());
        }
        if self.is_read {
            self.most = self.most.max(rows);
        }
        match data_type {
            DataType::Null => {}
            DataType::RunEndEncoded(ends, values) => {
                self.field(ends.data_type())?;
                self.field(values.data_type())?;
            }
            DataType::Union(parts, mode) => {
                if self.version < MetadataVersion::V5 {
                    self.buffer(0)?;
                }
                self.buffer(rows)?;
                if *mode == UnionMode::Dense {
                    self.buffer(rows.saturating_mul(4))?;
                }
                for (_, part) in parts.iter() {
                    self.field(part.data_type())?;
                }
            }
            other => {
                self.validity(rows, nulls)?;
                self.values(other, rows)?;
            }
        }
        Ok(rows)
    }

    /// What follows the validity of a column.
    fn values(&mut self, data_type: &DataType, rows: u64) -> Result<(), Fault> {
        let offsets = |width: u64| match rows {
            0 => 0,
            rows => rows.saturating_add(1).saturating_mul(width),
        };
        match data_type {
            DataType::Utf8 | DataType::Binary => {
                self.buffer(offsets(4))?;
                self.open_buffer()?;
            }
            DataType::LargeUtf8 | DataType::LargeBinary => {
                self.buffer(offsets(8))?;
                self.open_buffer()?;
            }
            DataType::Utf8View | DataType::BinaryView => {
                let more = self
                    .views
                    .next()
                    .and_then(|count| u64::try_from(count).ok());
                let more = more.filter(|count| *count <= self.buffer_count);
                let more = more.ok_or("a column of views lacks its buffers")?;
                self.buffer(rows.saturating_mul(16))?;
                for _ in 0..more {
                    self.open_buffer()?;
                }
            }
            DataType::List(element) | DataType::Map(element, _) => {
                self.buffer(offsets(4))?;
                self.field(element.data_type())?;
            }
            DataType::LargeList(element) => {
                self.buffer(offsets(8))?;
                self.field(element.data_type())?;
            }
            DataType::ListView(element) => {
                self.buffer(rows.saturating_mul(4))?;
                self.buffer(rows.saturating_mul(4))?;
                self.field(element.data_type())?;
            }
            DataType::LargeListView(element) => {
                self.buffer(rows.saturating_mul(8))?;
                self.buffer(rows.saturating_mul(8))?;
                self.field(element.data_type())?;
            }
            DataType::FixedSizeList(element, size) => {
                let there = self.field(element.data_type())?;
                let wanted = rows.saturating_mul(u64::try_from(*size).unwrap_or(0));
                if self.is_read && there < wanted {
                    return Err("a list has fewer elements than it should".into());
                }
            }
            DataType::Struct(parts) => {
                for part in parts {
                    let length = self.field(part.data_type())?;
                    if self.is_read && length != rows {
                        return Err("the parts of a struct have different lengths".into());
                    }
                }
            }
            DataType::Dictionary(keys, _) => {
                self.buffer(rows.saturating_mul(width(keys)))?;
            }
            DataType::Boolean => self.buffer(rows.div_ceil(8))?,
            DataType::FixedSizeBinary(size) => {
                let size = u64::try_from(*size).unwrap_or(0);
                self.buffer(rows.saturating_mul(size))?;
            }
            other => self.buffer(rows.saturating_mul(width(other)))?,
        }
        Ok(())
    }

    /// The validity of a column: none is needed where nothing is null, and what is
    /// there must not say otherwise.
    fn validity(&mut self, rows: u64, nulls: u64) -> Result<(), Fault> {
        let wanted = match nulls {
            0 => 0,
            _ => rows.div_ceil(8),
        };
        let bytes = self.body;
        let (start, length) = self.take(wanted, Some(rows.div_ceil(8)))?;
        if !self.is_read || nulls > 0 || self.codec.is_some() {
            return Ok(());
        }
        let Some(bits) = bytes.get(start..start + length) else {
            return Ok(());
        };
        let whole = usize::try_from(rows / 8).unwrap_or(usize::MAX);
        let all_set = bits.iter().take(whole).all(|byte| *byte == 0xff);
        let mask = (1u8 << (rows % 8)) - 1;
        let last_set = bits.get(whole).is_none_or(|byte| byte & mask == mask);
        // All clear is what some writers leave where there is nothing to say.
        let none_set = bits.iter().all(|byte| *byte == 0);
        match all_set && last_set || none_set {
            true => Ok(()),
            false => Err("a column has nulls, and says that it has none".into()),
        }
    }

    /// The next buffer, of a length that is known.
    fn buffer(&mut self, wanted: u64) -> Result<(), Fault> {
        self.take(wanted, Some(wanted)).map(drop)
    }

    /// The next buffer, as long as it may be.
    fn open_buffer(&mut self) -> Result<(), Fault> {
        self.take(0, None).map(drop)
    }

    /// The next buffer: where it lies in the body. `wanted` bytes must be in it;
    /// `known`: of so many rows, so that many times more is not believed.
    fn take(&mut self, wanted: u64, known: Option<u64>) -> Result<(usize, usize), Fault> {
        let outside = "a buffer lies outside its message";
        let buffer = self.buffers.next().ok_or("it lacks a buffer")?;
        let start = usize::try_from(buffer.offset()).map_err(|_| Fault::from(outside))?;
        let length = usize::try_from(buffer.length()).map_err(|_| Fault::from(outside))?;
        let bytes = self.body.get(start..).and_then(|rest| rest.get(..length));
        let bytes = bytes.ok_or(outside)?;
        if !self.is_read {
            return Ok((start, length));
        }
        let there = match self.codec {
            Some(codec) if length > 0 => {
                let there = uncompressed_length(codec, bytes)?;
                let most = known.map(|known| known.saturating_mul(4).saturating_add(1 << 20));
                if most.is_some_and(|most| there > most) {
                    return Err("a compressed buffer claims more bytes than its rows take".into());
                }
                there
            }
            _ => length as u64,
        };
        self.bytes = self.bytes.saturating_add(there);
        match there < wanted {
            true => Err("a buffer is shorter than its rows take".into()),
            false => Ok((start, length)),
        }
    }
}

/// Bytes of a value.
fn width(data_type: &DataType) -> u64 {
    data_type.primitive_width().unwrap_or(0) as u64
}
