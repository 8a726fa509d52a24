//! Runs the demo sandbox alone: `cargo run -p sandbox --example serve -- 127.0.0.1:8090`.

use sandbox::{Options, Sandbox, Seed};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".to_owned()).parse()?;
    let sandbox = Sandbox::start(Options { listen, public_url: None, seed: Seed::demo(), state: None }).await?;
    println!("{}", sandbox.url());
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
