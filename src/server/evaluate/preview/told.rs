//! From a preview to what is said of it.

use super::catalog::Tried;
use super::records::{
    ChangesRecord, ComplianceChangeRecord, ControlChangeRecord, FiredRecord, PreviewRecord,
    RuleChangeRecord, SampleRecord, SamplesRecord, TriedCatalogRecord, TriedRecord,
};
use crate::pipeline::{ChangedRow, Changes, Preview, RulePreview};
use crate::rollup::{ControlNode, FrameworkNode};
use crate::store::StoredFramework;
use std::io::{self, Write};

/// Writes what is said of a preview.
pub(super) fn write(
    current: &StoredFramework,
    tried: &Tried,
    found: &Preview,
    tells_compliance: bool,
    to: impl Write,
) -> io::Result<()> {
    let tally = &found.new.tally;
    let record = PreviewRecord {
        framework: TriedRecord {
            id: &current.id,
            version: &current.version,
            short_name: &current.short_name,
        },
        catalog: TriedCatalogRecord {
            run: tried.run(),
            columns: tally.columns,
            data_sources: tally.data_sources,
        },
        assignments: changes(found),
        samples: SamplesRecord {
            added: samples(&found.samples.added),
            removed: samples(&found.samples.removed),
            changed: samples(&found.samples.changed),
        },
        rules: found.rules.iter().filter_map(rule).collect(),
        compliance: match tells_compliance {
            true => compliance(found),
            false => Vec::new(),
        },
    };
    Ok(serde_json::to_writer(to, &record)?)
}

fn changes(found: &Preview) -> ChangesRecord {
    let Changes {
        before,
        after,
        added,
        removed,
        changed,
        unchanged,
    } = found.changes();
    ChangesRecord {
        before,
        after,
        added,
        removed,
        changed,
        unchanged,
    }
}

fn samples(rows: &[ChangedRow]) -> Vec<SampleRecord<'_>> {
    rows.iter().map(sample).collect()
}

fn sample(row: &ChangedRow) -> SampleRecord<'_> {
    SampleRecord {
        data_source_id: &row.data_source,
        column_name: &row.column,
        tag_name: &row.tag.name,
        tag_source: &row.tag.source,
        before: row.old,
        after: row.new,
    }
}

/// A rule of which there is something to say.
fn rule(rule: &RulePreview) -> Option<RuleChangeRecord<'_>> {
    let fired = |(columns, data_sources)| FiredRecord {
        columns,
        data_sources,
    };
    (rule.old != rule.new).then(|| RuleChangeRecord {
        id: &rule.id,
        before: rule.old.map(fired),
        after: rule.new.map(fired),
    })
}

fn compliance(found: &Preview) -> Vec<ComplianceChangeRecord<'_>> {
    let (Some(old), Some(new)) = (&found.old.rollup, &found.new.rollup) else {
        return Vec::new();
    };
    // Both were made for the same documents.
    let pairs = old.frameworks.iter().zip(&new.frameworks);
    pairs
        .map(|(old, new)| ComplianceChangeRecord {
            handle: &new.handle,
            version: &new.version,
            before: old.head.status.as_str(),
            after: new.head.status.as_str(),
            controls: controls(old, new),
        })
        .collect()
}

fn controls<'p>(old: &'p FrameworkNode, new: &'p FrameworkNode) -> Vec<ControlChangeRecord<'p>> {
    let pairs = controls_of(old).zip(controls_of(new));
    pairs
        .map(|((_, old), (requirement, new))| ControlChangeRecord {
            requirement,
            control: &new.name,
            before: old.head.status.as_str(),
            after: new.head.status.as_str(),
        })
        .collect()
}

fn controls_of(framework: &FrameworkNode) -> impl Iterator<Item = (&str, &ControlNode)> {
    let requirements = framework.requirements.iter();
    requirements.flat_map(|r| r.controls.iter().map(|control| (&*r.name, control)))
}
