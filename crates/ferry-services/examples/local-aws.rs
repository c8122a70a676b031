//! The services alone, without a host: `local-aws PORT [DATA-DIR [ACCESS-KEY SECRET-KEY]]`. Prints their URL and runs until its
//! standard input ends. For tests of the services with clients in other languages, and for trying them by hand.

use std::io::Read as _;
use std::net::Ipv4Addr;

use anyhow::Context as _;
use ferry_services::{Secret, Services, ServicesSettings};

#[expect(clippy::print_stdout, reason = "a command whose result is the URL")]
fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().unwrap_or_default().parse().context("usage: local-aws PORT [DATA-DIR [ACCESS-KEY SECRET-KEY]]")?;
    let data_dir = arguments.next().filter(|folder| !folder.is_empty()).map(Into::into);
    let secret = arguments.next().zip(arguments.next()).map(|(access_key, secret_key)| Secret { access_key, secret_key });
    let settings = ServicesSettings { addr: (Ipv4Addr::LOCALHOST, port).into(), data_dir, secret, ..ServicesSettings::default() };
    let services = Services::start(settings)?;
    println!("{}", services.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    services.shutdown();
    Ok(())
}
