//! The smallest HTTP client that can time a Lambda Invoke: one keep-alive connection, no allocation in the timed part
//! beyond what a reply needs, so that the figure is the server's.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long one request may take; a cold start with a build behind it is the longest.
const REQUEST_MAX: Duration = Duration::from_secs(300);

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    pub(crate) fn connect(host: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(host).with_context(|| format!("nothing listens on {host}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(REQUEST_MAX))?;
        Ok(Self { stream: BufReader::new(stream), host })
    }

    /// One Invoke and the time from its first byte out to its last byte in.
    pub(crate) fn invoke(&mut self, function: &str, payload: &str) -> Result<(Duration, Vec<u8>)> {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let started = Instant::now();
        let reply = self.send("POST", &path, &[], payload)?;
        let took = started.elapsed();
        if reply.status != 200 || reply.header("x-amz-function-error").is_some() {
            bail!("{function} on {} answered {}: {}", self.host, reply.status, String::from_utf8_lossy(&reply.body));
        }
        Ok((took, reply.body))
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Reply> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", self.host, body.len());
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.read_reply()
    }

    /// PUT of a file of any size.
    pub(crate) fn put_file(&mut self, path: &str, file: &Path) -> Result<Reply> {
        let mut file = std::fs::File::open(file).with_context(|| format!("{} is missing", file.display()))?;
        let head = format!("PUT {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n", self.host, file.metadata()?.len());
        self.stream.get_mut().write_all(head.as_bytes())?;
        std::io::copy(&mut file, self.stream.get_mut())?;
        self.read_reply()
    }

    fn read_reply(&mut self) -> Result<Reply> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).with_context(|| format!("not an HTTP reply: {line:?}"))?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Reply { status, headers, body: Vec::new() };
        if reply.header("transfer-encoding") == Some("chunked") {
            read_chunks(&mut self.stream, &mut reply.body)?;
        } else {
            let length = reply.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            reply.body.resize(length, 0);
            self.stream.read_exact(&mut reply.body)?;
        }
        Ok(reply)
    }
}

/// A body in chunked transfer coding, to its end.
pub(crate) fn read_chunks(stream: &mut impl BufRead, body: &mut Vec<u8>) -> Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).with_context(|| format!("not a chunk size: {line:?}"))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        line.clear();
        stream.read_line(&mut line)?;
        if size == 0 {
            return Ok(());
        }
    }
}
