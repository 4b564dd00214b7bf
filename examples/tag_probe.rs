#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use classmark::framework::Limits;
use classmark::pipeline::*;
use classmark::synth::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    if a[1] == "gen" {
        let spec = Spec {
            data_sources: a[3].parse().unwrap(),
            rules: 300,
            scattered: a.get(4).is_some_and(|s| s == "scattered"),
            distinct: a.get(4).is_some_and(|s| s == "distinct"),
            ..Spec::default()
        };
        let d = std::path::Path::new(&a[2]);
        std::fs::create_dir_all(d.join("frameworks")).unwrap();
        write_catalog(&spec, d).unwrap();
        write_frameworks(&spec, &d.join("frameworks")).unwrap();
        return;
    }
    let docs = load_frameworks(&[a[1].clone().into()], &Limits::default()).unwrap();
    let mut o = TagOptions::new(a[2].clone(), a[3].clone());
    o.force = true;
    o.threads = a.get(4).and_then(|t| t.parse().ok());
    let s = tag(&docs, &o, &Silent).unwrap();
    println!("{:?} {}", s.counts, s.seconds);
}
