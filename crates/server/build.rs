//! Rebuilds the binary when the user interface was built again. It builds nothing itself: `cargo xtask ui` does.

fn main() {
    println!("cargo:rerun-if-changed=../../ui/dist");
}
