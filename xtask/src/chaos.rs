//! `cargo xtask chaos`: the long crash proof. The harness is the test `chaos::killed_again_and_again…` of the server,
//! which runs a few kills with all other tests, and as many as requested here.

use crate::packages::{self, POSTGRES};
use crate::postgres::Postgres;
use crate::test::POSTGRES_VARIABLE;
use crate::{root, step};

const TEST: &str = "chaos::killed_again_and_again_in_chaos_nothing_is_lost_doubled_or_stuck";

/// What is asked for.
struct Order {
    kills: u32,
    seed: u64,
    customers: u32,
    engines: Vec<&'static str>,
}

/// Runs it on each engine; a violation fails with the seed and the ids.
pub fn run(args: &[String]) -> Result<(), String> {
    let order = read(args)?;
    let server = if order.engines.contains(&"postgres") {
        packages::ensure(&[POSTGRES])?;
        Some(Postgres::start()?)
    } else {
        None
    };
    for engine in order.engines {
        let mut test = root::cargo();
        test.args(["test", "--workspace", "--profile", root::PROFILE, "--test", "it", "--", "--exact", TEST]);
        test.arg("--nocapture").env("DESKBELL_CHAOS_KILLS", order.kills.to_string());
        test.env("DESKBELL_CHAOS_CUSTOMERS", order.customers.to_string());
        test.env("DESKBELL_CHAOS_SEED", order.seed.to_string()).env("DESKBELL_CHAOS_ENGINE", engine);
        if let Some(server) = &server {
            test.env(POSTGRES_VARIABLE, &server.url);
        }
        step::shown(&format!("{} kills on {engine}, seed {}", order.kills, order.seed), &mut test)?;
    }
    Ok(())
}

fn read(args: &[String]) -> Result<Order, String> {
    let mut order = Order { kills: 100, seed: 1, customers: 600, engines: vec!["sqlite", "postgres"] };
    let mut args = args.iter();
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{name}` needs a value."))?;
        let number = || value.parse::<u32>().map_err(|_| format!("`{name} {value}`: that is not a number."));
        match name.as_str() {
            "--kills" => order.kills = number()?,
            "--seed" => order.seed = number()?.into(),
            "--customers" => order.customers = number()?,
            "--engine" => {
                order.engines = match value.as_str() {
                    "sqlite" => vec!["sqlite"],
                    "postgres" => vec!["postgres"],
                    "both" => vec!["sqlite", "postgres"],
                    _ => return Err(format!("`--engine {value}`: it is sqlite, postgres or both.")),
                }
            }
            _ => {
                return Err(format!(
                    "There is no option `{name}`; there are --kills, --engine, --customers and --seed."
                ));
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_named() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let order = read(&words("--kills 5 --engine sqlite --seed 9 --customers 700")).unwrap();
        assert_eq!((order.kills, order.seed, order.engines), (5, 9, vec!["sqlite"]));
        assert_eq!((order.customers, read(&[]).unwrap().customers), (700, 600));
        assert!(read(&words("--engine oracle")).is_err_and(|text| text.contains("oracle")));
        assert!(read(&words("--kills")).is_err());
    }
}
