//! The fixpoint by a Datalog engine: rules and catalog are facts, and what a
//! rule means is the program.

use crate::Failed;
use crate::prepared::{Prepared, compare};
use ascent::ascent;
use serde_json::{Value, json};
use std::time::Instant;

ascent! {
    // The catalog.
    relation on(u32, u32); // column, tag
    relation of(u32, u32); // column, data source
    relation table(u32, u32); // data source, tag
    // The rules: their criteria one after the other.
    relation column_wants(u32, u32, u32); // tag, rule, place
    relation near_wants(u32, u32, u32);
    relation table_wants(u32, u32, u32);
    relation column_asked(u32, u32); // rule, number of criteria, not 0
    relation column_free(u32);
    relation guarded(u32, u32, u32); // rule, number of neighbours' and of table tags
    relation gives(u32, u32); // rule, tag

    relation near(u32, u32); // data source, tag
    near(s, t) <-- on(c, t), near_wants(t, _, _), of(c, s);

    // So many criteria of the rule are met, counted from the first.
    relation column_met(u32, u32, u32); // column, rule, count
    column_met(c, r, 1) <-- on(c, t), column_wants(t, r, 0);
    column_met(c, r, n + 1) <-- column_met(c, r, n), on(c, t), column_wants(t, r, n);
    relation near_met(u32, u32, u32); // data source, rule, count
    near_met(s, r, 1) <-- near(s, t), near_wants(t, r, 0);
    near_met(s, r, n + 1) <-- near_met(s, r, n), near(s, t), near_wants(t, r, n);
    relation table_met(u32, u32, u32);
    table_met(s, r, 1) <-- table(s, t), table_wants(t, r, 0);
    table_met(s, r, n + 1) <-- table_met(s, r, n), table(s, t), table_wants(t, r, n);

    relation holds(u32, u32); // data source, rule
    holds(s, r) <-- guarded(r, n, 0), near_met(s, r, n);
    holds(s, r) <-- guarded(r, 0, m), table_met(s, r, m);
    holds(s, r) <-- guarded(r, n, m), near_met(s, r, n), table_met(s, r, m);

    relation fires(u32, u32); // column, rule
    fires(c, r) <-- column_asked(r, n), column_met(c, r, n), guarded(r, 0, 0);
    fires(c, r) <-- column_asked(r, n), column_met(c, r, n), of(c, s), holds(s, r);
    fires(c, r) <-- column_free(r), holds(s, r), of(c, s);
    on(c, t) <-- fires(c, r), gives(r, t);
}

/// Times both engines on all columns.
pub fn run(prepared: &Prepared, rounds: usize) -> Result<Value, Failed> {
    let mut engine = facts(prepared);
    engine.run();
    let findings = compare(&prepared.fired(), &fired(&engine, prepared.columns))?;
    let (mut classmark, mut datalog) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        classmark.push(prepared.time_classmark());
        let mut engine = facts(prepared);
        let begun = Instant::now();
        engine.run();
        datalog.push(begun.elapsed().as_secs_f64());
    }
    Ok(json!({
        "rules": prepared.rules.len(), "findings": findings,
        "classmark": {"columns": prepared.columns, "seconds": classmark},
        "peer": {"columns": prepared.columns, "seconds": datalog},
    }))
}

fn facts(prepared: &Prepared) -> AscentProgram {
    let mut engine = AscentProgram::default();
    let mut column = 0;
    for (number, source) in (0..).zip(&prepared.sources) {
        let table = source.table.iter().map(|tag| (number, *tag));
        engine.table.extend(table);
        for tags in &source.columns {
            engine.of.push((column, number));
            engine.on.extend(tags.iter().map(|tag| (column, *tag)));
            column += 1;
        }
    }
    for (number, rule) in (0..).zip(&prepared.rules) {
        let wants = |tags: &[u32]| -> Vec<(u32, u32, u32)> {
            let placed = tags.iter().zip(0..);
            placed.map(|(tag, place)| (*tag, number, place)).collect()
        };
        let asked = rule.column.len() as u32;
        match asked {
            0 => engine.column_free.push((number,)),
            asked => engine.column_asked.push((number, asked)),
        }
        engine.column_wants.extend(wants(&rule.column));
        engine.near_wants.extend(wants(&rule.neighbor));
        engine.table_wants.extend(wants(&rule.table));
        let (near, table) = (rule.neighbor.len() as u32, rule.table.len() as u32);
        engine.guarded.push((number, near, table));
        engine.gives.push((number, rule.gives));
    }
    engine
}

/// Per column the rules that fire, ascending.
fn fired(engine: &AscentProgram, columns: usize) -> Vec<Vec<u32>> {
    let mut fired = vec![Vec::new(); columns];
    for (column, rule) in &engine.fires {
        fired[*column as usize].push(*rule);
    }
    fired.iter_mut().for_each(|rules| rules.sort_unstable());
    fired
}
