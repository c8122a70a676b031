fn cpu_us() -> f64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    t.tv_sec as f64 * 1e6 + t.tv_nsec as f64 / 1e3
}
fn main() {
    let db = dynoxide::Database::memory().unwrap();
    db.create_table(serde_json::from_str(r#"{"TableName":"T","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"registration_id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"registration_id","KeyType":"HASH"}]}"#).unwrap()).unwrap();
    let n = 2000;
    let bodies: Vec<String> = (0..n).map(|b| {
        let items: Vec<String> = (0..25).map(|i| { let k = b*25+i; format!(r#"{{"PutRequest":{{"Item":{{"registration_id":{{"S":"REG-{k:09}"}},"event_id":{{"S":"EVT-00{}"}},"event_name":{{"S":"Autumn Lights Symphony"}},"event_date":{{"S":"2026-09-14"}},"venue":{{"S":"Harbour Hall, Rotterdam"}},"attendee_name":{{"S":"Marguerite van Dijk"}},"attendee_email":{{"S":"marguerite.{k}@example.org"}},"ticket_type":{{"S":"VIP"}},"amount_paid":{{"N":"78.10"}},"payment_method":{{"S":"credit_card"}},"seat_section":{{"S":"B-{}"}}}}}}}}"#, k%30, k%100)}).collect();
        format!(r#"{{"RequestItems":{{"T":[{}]}}}}"#, items.join(","))
    }).collect();
    let a = cpu_us();
    let reqs: Vec<dynoxide::actions::batch_write_item::BatchWriteItemRequest> = bodies.iter().map(|b| serde_json::from_str(b).unwrap()).collect();
    let b = cpu_us();
    println!("parse {:.2} us/item", (b-a)/(n as f64*25.0));
    let a = cpu_us();
    for r in reqs { let resp = db.batch_write_item(r).unwrap(); serde_json::to_string(&resp).unwrap(); }
    let b = cpu_us();
    println!("write {:.2} us/item", (b-a)/(n as f64*25.0));
}
