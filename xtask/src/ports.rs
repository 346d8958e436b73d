use std::net::TcpListener;

use anyhow::{Context, Result, bail};

/// Says which flag moves a port that somebody else holds, before anything is built or started.
pub fn must_be_free(host: &str, port: u16, flag: &str) -> Result<()> {
    match TcpListener::bind((host, port)) {
        Ok(_) => Ok(()),
        Err(error) => bail!("port {port} cannot be used ({error}); choose another with {flag} N"),
    }
}

pub fn any_free() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_together_with_its_flag() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let message = must_be_free("127.0.0.1", port, "--simulator-port")
            .unwrap_err()
            .to_string();
        assert!(message.contains(&port.to_string()), "{message}");
        assert!(message.contains("--simulator-port"), "{message}");
    }

    #[test]
    fn a_free_port_can_be_used() {
        must_be_free("127.0.0.1", any_free().unwrap(), "--port").unwrap();
    }
}
