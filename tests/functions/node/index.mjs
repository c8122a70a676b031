// The plainest Node functions: the event back, with a greeting; and an answer written piece by piece.

export const handler = async (event, context) => {
  switch (event.do) {
    case 'raise':
      throw new TypeError('asked to fail');
    case 'print':
      console.log('a line from the handler');
      break;
    case 'context':
      return { awsRequestId: context.awsRequestId, remainingMs: context.getRemainingTimeInMillis() };
  }
  return { hello: event.name };
};

export const stream = awslambda.streamifyResponse(async (event, responseStream) => {
  const http = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 201,
    headers: { 'content-type': 'text/plain', 'x-made-by': 'stream' },
  });
  for (let part = 0; part < 3; part += 1) {
    http.write(`part ${part}\n`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  http.end();
});
