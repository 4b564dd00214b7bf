//! What of the overrides' targets is there, found out while a catalog is read.
//!
//! Readers note what they come by: data sources and columns with overrides,
//! and rejected tags that are recorded. That rules would have given a tag is
//! noted by whoever evaluates. One thing may stay open: pages of Parquet are
//! read as numbers, and tags that no rule names have none. For overrides of
//! such tags that were met no other way, the segments in question are read
//! again, tags and all; so the answer is the same for every format.

use super::{Id, Trace, Traced};
use crate::catalog::decode::Decoder;
use crate::catalog::error::CatalogError;
use crate::catalog::ids::Ids;
use crate::catalog::layout::Segment;
use crate::catalog::lexicon::Lexicon;
use crate::catalog::piece::Piece;
use crate::catalog::segment::SegmentReader;
use crate::catalog::{Catalog, IdKind, Overrides};
use crate::tag::Tag;

impl Catalog {
    /// The overrides under which it is read.
    pub fn overrides(&self) -> &Overrides {
        &self.context.overrides
    }

    /// Notes that a rule would have put a tag on a column of a piece, given
    /// by its data source's and its own place in it, but for an override.
    pub fn note_muted(&self, piece: &Piece, (source, column): (usize, usize), tag: &Tag) {
        if source >= piece.ids.len() {
            return;
        }
        if let Ok(ids) = Ids::of(&piece.ids.slice(source, 1)) {
            let id = ids.get(0).to_string();
            let triple = (id.as_str(), piece.column_name(column), tag);
            if let Some(number) = self.overrides().number_of(triple) {
                self.context.traces.tag(number);
            }
        }
    }

    /// The segments that have to be [looked at again](Catalog::look_again),
    /// once all else is known.
    pub fn doubtful_segments(&self) -> Vec<Segment> {
        let acting = self.overrides().acting();
        let mut doubts: Vec<(u64, u64)> = acting
            .filter_map(|(number, _, _)| self.context.traces.doubt(number))
            .collect();
        doubts.sort_unstable();
        let mut doubts = doubts.into_iter().peekable();
        // How far the doubts reach that begin at or before the segment.
        let mut end = None;
        let mut segments = self.segments();
        segments.retain(|segment| {
            let place = segment.place();
            while let Some((_, last)) = doubts.next_if(|(first, _)| *first <= place) {
                end = end.max(Some(last));
            }
            end.is_some_and(|end| place <= end)
        });
        segments
    }

    /// Reads a segment for nothing but the tags that overrides reject.
    ///
    /// # Errors
    ///
    /// When the file is broken.
    pub fn look_again(&self, segment: Segment) -> Result<(), CatalogError> {
        let file = &self.files[segment.file];
        let (columns, all) = (file.fields.indices(), 0..u64::MAX);
        let mut decoder = Decoder::new(self.context.clone(), file.fields.projected());
        let mut lexicon = Lexicon::default();
        for rows in SegmentReader::open(file, segment.number, &columns, all, self.batch_rows)? {
            lexicon.refresh();
            decoder.decode(&rows?, &file.path, &mut Vec::new(), &mut lexicon)?;
        }
        Ok(())
    }

    /// How much of what the overrides in force name is there, by all that has
    /// been noted.
    pub fn traced(&self) -> Vec<Traced<'_>> {
        let traces = &self.context.traces;
        let acting = self.overrides().acting();
        let traced = acting.map(|(number, source, of)| {
            let trace = match traces.get(number, source) {
                // It may be there without a column.
                Trace::NoDataSource if self.is_listed(&of.data_source_id) => Trace::NoColumn,
                trace => trace,
            };
            Traced {
                of,
                number: number as usize,
                trace,
            }
        });
        traced.collect()
    }

    /// Whether the second table, where there is one, has a row for a data source.
    fn is_listed(&self, id: &str) -> bool {
        let parsed = match &self.kind {
            IdKind::Text => Some(Id::Text(id.to_owned())),
            IdKind::Integer(kind) if kind.is_signed_integer() => id.parse().ok().map(Id::Signed),
            IdKind::Integer(_) => id.parse().ok().map(Id::Unsigned),
        };
        // `007` is not how a 7 is written.
        let parsed = parsed.filter(|parsed| parsed.to_string() == id);
        parsed.is_some_and(|id| self.context.sources.atoms(&id).is_some())
    }
}
