//! A Runtime API that hands out events and records what the runtime posts: enough of HTTP/1.1 for the real clients.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_host::build::BuiltFunction;
use ferry_host::runtimes::Places;

#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) path: String,
    pub(crate) body: String,
}

/// A function's process, and what it posts.
pub(crate) struct Running {
    child: Child,
    posts: Receiver<Post>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts `built` without mounts, as a host that may not mount does, and offers it `events`.
    pub(crate) fn start(built: &BuiltFunction, events: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, posts) = channel();
        let events = Arc::new(Mutex::new(events.iter().map(|event| (*event).to_owned()).collect::<VecDeque<_>>()));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, events) = (sender.clone(), Arc::clone(&events));
                std::thread::spawn(move || serve(stream, &events, &sender));
            }
        });
        let layer = built.layers.first().map(|layer| layer.as_path());
        let launch = built.launch.without_mounts(Places { task_root: &built.task_root, layer });
        let (program, args) = launch.command(&built.function);
        let mut command = Command::new(program);
        command.args(args).current_dir(&built.task_root).env_clear().stdin(Stdio::null());
        command.envs(launch.env.iter().map(|(name, value)| (name, value))).envs(&built.function.environment);
        command.env("AWS_LAMBDA_RUNTIME_API", address.to_string()).env("_HANDLER", &built.function.handler);
        command.env("LAMBDA_TASK_ROOT", &built.task_root).env("AWS_LAMBDA_FUNCTION_NAME", &built.function.name);
        command.env("LAMBDA_RUNTIME_DIR", launch.runtime_dir.as_deref().unwrap_or(Path::new("/var/runtime")));
        command.env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST").env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
        command.env("AWS_LAMBDA_LOG_GROUP_NAME", "g").env("AWS_LAMBDA_LOG_STREAM_NAME", "s");
        Self { child: command.spawn().unwrap(), posts }
    }

    /// The next post; an error if the runtime stays silent.
    pub(crate) fn post(&self) -> Post {
        self.posts.recv_timeout(Duration::from_secs(60)).expect("the runtime posts something")
    }

    /// The next post's body, which must be a response.
    pub(crate) fn response(&self) -> String {
        let post = self.post();
        assert!(post.path.ends_with("/response"), "{post:?}");
        post.body
    }
}

fn serve(stream: TcpStream, events: &Mutex<VecDeque<String>>, sender: &Sender<Post>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some((path, body)) = read_request(&mut reader) {
        let answer = if path.ends_with("/next") {
            let Some(event) = events.lock().unwrap().pop_front() else {
                // Held open, as by a host that has nothing to do.
                let _ = reader.read(&mut [0]);
                return;
            };
            format!(
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
                 Lambda-Runtime-Deadline-Ms: 9999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-north-1:1:function:f\r\n\
                 Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{event}",
                event.len()
            )
        } else {
            // Nobody listens any more once the test has what it wanted.
            let _ = sender.send(Post { path, body });
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}".to_owned()
        };
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Path and body of one request; `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        assert!(!header.starts_with("transfer-encoding"), "this API takes no chunks");
        length = header.strip_prefix("content-length:").map_or(length, |value| value.trim().parse().unwrap());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, String::from_utf8(body).unwrap()))
}
