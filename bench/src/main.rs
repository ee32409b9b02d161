//! Figures, printed with the peer's or the limit's beside them. Run by `bench/run`.

mod fleet;
mod placements;
mod process;

fn main() {
    match std::env::args().nth(1).as_deref() {
        None => {
            placements::run();
            fleet::run();
        }
        Some("placements") => placements::run(),
        Some("fleet") => fleet::run(),
        Some(other) => {
            eprintln!("unknown: {other}; there are placements and fleet");
            std::process::exit(2);
        }
    }
}
