//! The local AWS services of a command: what the templates name, made before any function can ask for it.

mod physics;
mod resources;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use ferry_host::settings::{AwsCredentials, AwsDoor};
use ferry_services::{Physics, Services, ServicesReport, ServicesSettings};
use ferry_template::Template;

use crate::args;
use resources::Made;

/// Where functions in a private network find the services. Queue URLs that templates give name it, too.
pub(crate) const INSIDE_PORT: u16 = 4566;

/// Services at work, with all resources of the templates.
#[derive(Debug)]
pub(crate) struct Aws {
    services: Arc<Services>,
    physics: Physics,
    made: Vec<Made>,
    data: Option<PathBuf>,
    credentials: Option<AwsCredentials>,
}

impl Aws {
    /// None where the user wants none. Port 0 takes a free one; without `data` everything is in memory.
    pub(crate) fn start(
        templates: &[&Template],
        options: &args::Aws,
        port: u16,
        data: Option<&PathBuf>,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Option<Self>> {
        if options.no_aws {
            return Ok(None);
        }
        let physics = physics::of(templates, options.physics.as_deref())?;
        let wanted = resources::of(templates)?;
        let data = data.map(std::path::absolute).transpose().context("the folder of --data has no absolute path")?;
        let mut settings = ServicesSettings {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            data_dir: data.clone(),
            secret: options.secret.clone(),
            physics: physics.clone(),
            ..ServicesSettings::default()
        };
        if let Some(first) = templates.first() {
            settings.region.clone_from(&first.region);
            settings.account_id.clone_from(&first.account_id);
        }
        let services =
            Services::start(settings).context("the local AWS services did not start (--aws-port takes another port, --no-aws none)")?;
        for one in &wanted {
            for warning in services.create(std::slice::from_ref(&one.resource)).with_context(|| one.place.clone())? {
                warn(&format!("warning: {}: {warning}", one.place));
            }
        }
        let credentials = options.secret.as_ref();
        let credentials =
            credentials.map(|secret| AwsCredentials { access_key: secret.access_key.clone(), secret_key: secret.secret_key.clone() });
        Ok(Some(Self { services: Arc::new(services), physics, made: wanted, data, credentials }))
    }

    /// For the sandboxes.
    pub(crate) fn door(&self) -> AwsDoor {
        let services = Arc::clone(&self.services);
        AwsDoor {
            outside_url: self.services.url(),
            credentials: self.credentials.clone(),
            // Services that are shut down serve no more: the function's connection is refused.
            serve: Arc::new(move |listener| Box::new(services.serve(listener).ok())),
        }
    }

    /// Functions reach the Lambda API and `@connections` through the services, too.
    pub(crate) fn join(&self, lambda: SocketAddr) {
        for service in ["lambda", "execute-api"] {
            self.services.set_neighbour(service, lambda);
        }
    }

    pub(crate) fn physics(&self) -> &Physics {
        &self.physics
    }

    pub(crate) fn report(&self) -> ServicesReport {
        self.services.report()
    }

    /// What `ferry up` prints of it.
    pub(crate) fn describe(&self) -> Result<String> {
        let mut text = format!("AWS services  {}\n", self.services.url());
        for one in &self.made {
            writeln!(text, "    {}", one.describe(&self.services.url()))?;
        }
        match &self.data {
            Some(folder) => writeln!(text, "    data kept in {}", folder.display())?,
            None => writeln!(text, "    data in memory: --data DIR keeps them")?,
        }
        let physics = if self.physics.is_off() { "off".to_owned() } else { serde_json::to_string(&self.physics)? };
        write!(text, "    physics {physics}")?;
        Ok(text)
    }

    /// Ends them. After the host: until then functions may still write.
    pub(crate) fn stop(&self) {
        self.services.shutdown();
    }
}
