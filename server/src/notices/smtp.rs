//! The way to the mail server.

use super::mail::Letterhead;
use crate::config::{Config, Mail, Security, Smtp};
use lettre::{
    Message,
    message::Mailbox,
    transport::smtp::{
        self,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use std::{net::IpAddr, time::Duration};
use tokio::time::timeout;
use url::Host;
use whahook_contract::Timestamp;

/// A mail server that takes longer than this for one step does not work.
const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no e-mail is set up: SMTP_URL and MAIL_FROM are missing")]
    NotSetUp,
    #[error("the mail server does not answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    #[error("the mail server offers no encryption (STARTTLS), and SMTP_URL asks for it")]
    NotEncrypted,
    #[error(
        "the mail server offers no encryption (STARTTLS): the password stays here. \
         `?tls=none` in SMTP_URL sends it all the same"
    )]
    PasswordInTheClear,
    #[error("{0}")]
    Smtp(#[from] smtp::Error),
    #[error(transparent)]
    Mail(#[from] super::mail::Error),
}

/// Sends mails, one connection each.
#[derive(Clone)]
pub struct Mailer {
    smtp: Smtp,
    tls: TlsParameters,
    hello: ClientId,
    pub letterhead: Letterhead,
}

/// A mail server that has let us in.
pub struct Opened(AsyncSmtpConnection);

impl Mailer {
    /// # Errors
    /// E-mail is not set up, or the host's name is none for TLS.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Mail { smtp, from } = config.alerts.mail.clone().ok_or(Error::NotSetUp)?;
        let mut tls = TlsParameters::builder(smtp.host.clone());
        for authority in &smtp.authorities {
            tls = tls.add_root_certificate(authority.clone());
        }
        let app_url = config.server.app_url.clone();
        Ok(Self {
            tls: tls.build()?,
            hello: match app_url.host() {
                Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
                Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
                Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
                None => ClientId::default(),
            },
            smtp,
            letterhead: Letterhead { from, app_url },
        })
    }

    /// Connects and signs in.
    ///
    /// # Errors
    /// The server cannot be reached, is not to be trusted, or refuses us.
    pub async fn open(&self) -> Result<Opened, Error> {
        timeout(TIMEOUT, self.opened())
            .await
            .map_err(|_| Error::Timeout)?
    }

    async fn opened(&self) -> Result<Opened, Error> {
        let Smtp {
            host,
            port,
            security,
            user,
            ..
        } = &self.smtp;
        let wrapped = (*security == Security::Tls).then(|| self.tls.clone());
        let server = (host.as_str(), *port);
        let hello = &self.hello;
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, hello, wrapped, None).await?;
        let may_upgrade = matches!(security, Security::Required | Security::WhereOffered);
        if may_upgrade && connection.can_starttls() {
            connection.starttls(self.tls.clone(), hello).await?;
        }
        if *security == Security::Required && !connection.is_encrypted() {
            return Err(Error::NotEncrypted);
        }
        if let Some((user, password)) = user {
            let in_the_clear = *security == Security::WhereOffered
                && !connection.is_encrypted()
                && !is_this_machine(host);
            if in_the_clear {
                return Err(Error::PasswordInTheClear);
            }
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &credentials).await?;
        }
        Ok(Opened(connection))
    }

    /// Sends the mail that shows an operator that e-mail works.
    ///
    /// # Errors
    /// Whatever keeps mails from being sent.
    pub async fn try_out(&self, to: Mailbox, now: Timestamp) -> Result<(), Error> {
        let message = super::mail::trial(to, &self.letterhead, now)?;
        self.open().await?.send(&message).await
    }
}

impl Opened {
    /// Hands a mail over.
    ///
    /// # Errors
    /// The server refuses it, or does not answer.
    pub async fn send(mut self, message: &Message) -> Result<(), Error> {
        let Self(connection) = &mut self;
        timeout(
            TIMEOUT,
            connection.send(message.envelope(), &message.formatted()),
        )
        .await
        .map_err(|_| Error::Timeout)??;
        // It has the mail; whether it says goodbye is not important.
        let _ = timeout(Duration::from_secs(1), connection.quit()).await;
        Ok(())
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
