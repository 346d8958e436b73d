//! As much of HTTP/1.1 as it takes to ask over a connection that stays open. A
//! client that does more would take processor time from the server, which shares
//! the machine.

use anyhow::{Context as _, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Connection {
    stream: TcpStream,
    host: String,
    received: Vec<u8>,
}

impl Connection {
    /// To `http://host:port`.
    pub async fn open(url: &str) -> Result<Self> {
        let host = url.strip_prefix("http://").context("not http")?;
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: host.to_owned(),
            received: Vec::with_capacity(4096),
        })
    }

    /// Posts JSON; the answer's body. Any status but this one is an error.
    pub async fn post(
        &mut self,
        path: &str,
        key: Option<&str>,
        body: &str,
        expected: u16,
    ) -> Result<&[u8]> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\n{}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.host,
            authorization(key),
            body.len()
        );
        self.ask(&request, expected).await
    }

    /// The answer's body, which must be there.
    pub async fn get(&mut self, path: &str, key: Option<&str>) -> Result<&[u8]> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\n{}\r\n",
            self.host,
            authorization(key)
        );
        self.ask(&request, 200).await
    }

    async fn ask(&mut self, request: &str, expected: u16) -> Result<&[u8]> {
        self.stream.write_all(request.as_bytes()).await?;
        self.received.clear();
        loop {
            let read = self.stream.read_buf(&mut self.received).await?;
            ensure!(read > 0, "the connection was closed");
            let Some(end) = find(&self.received, b"\r\n\r\n") else {
                continue;
            };
            let (status, length) = head(&self.received[..end])?;
            let whole = end + 4 + length;
            while self.received.len() < whole {
                let read = self.stream.read_buf(&mut self.received).await?;
                ensure!(read > 0, "the connection was closed");
            }
            let body = &self.received[end + 4..whole];
            if status != expected {
                bail!("{status}: {}", String::from_utf8_lossy(body));
            }
            return Ok(body);
        }
    }
}

fn authorization(key: Option<&str>) -> String {
    key.map(|key| format!("authorization: Bearer {key}\r\n"))
        .unwrap_or_default()
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|part| part == what)
}

/// Status and length of the body.
fn head(bytes: &[u8]) -> Result<(u16, usize)> {
    let text = std::str::from_utf8(bytes)?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    Ok((
        status.context("no status")?.parse()?,
        length
            .context("an answer of unknown length")?
            .parse::<usize>()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_answer_tells_its_status_and_length() {
        let answer = b"HTTP/1.1 202 Accepted\r\nx: y\r\nContent-Length: 12";
        assert_eq!(head(answer).unwrap(), (202, 12));
        assert!(head(b"HTTP/1.1 202 Accepted\r\nx: y").is_err());
    }
}
