//! SQS through the Rust SDK and raw HTTP.

mod dead_letters;
mod kept;
mod ordinary;
mod refused;
mod waiting;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use ferry_services::Services;

use crate::support::sdk_config;

pub(super) fn client(services: &Services) -> Client {
    Client::from_conf(sdk_config!(aws_sdk_sqs, services).build())
}

/// The URL of a new queue.
pub(super) async fn create(client: &Client, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
    let create =
        attributes.iter().fold(client.create_queue().queue_name(name), |create, (name, value)| create.attributes(name.clone(), *value));
    create.send().await.unwrap().queue_url.unwrap()
}

pub(super) async fn send(client: &Client, url: &str, body: &str) -> String {
    client.send_message().queue_url(url).message_body(body).send().await.unwrap().message_id.unwrap()
}

/// What can be received at once, up to ten.
pub(super) async fn receive(client: &Client, url: &str) -> Vec<Message> {
    let receive = client.receive_message().queue_url(url).max_number_of_messages(10);
    receive.send().await.unwrap().messages.unwrap_or_default()
}

pub(super) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

pub(super) async fn delete(client: &Client, url: &str, message: &Message) {
    client.delete_message().queue_url(url).receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
}

/// Visible, in flight, delayed.
pub(super) async fn counts(client: &Client, url: &str) -> [u32; 3] {
    use QueueAttributeName as Name;
    let names = [Name::ApproximateNumberOfMessages, Name::ApproximateNumberOfMessagesNotVisible, Name::ApproximateNumberOfMessagesDelayed];
    let told = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec())).send().await.unwrap();
    names.map(|name| told.attributes().unwrap()[&name].parse().unwrap())
}

pub(super) fn refusal<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> (String, String) {
    let error = error.as_service_error().expect("the service's error");
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}
