// Makes the buckets that are named, with the settings of Darkroom's own storage; those that are there stay.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const { searchParams } = new URL(process.env.ORIGINAL_STORAGE ?? '');
const endpoint = searchParams.get('endpoint');
const client = new S3Client({
  region: searchParams.get('region') ?? 'us-east-1',
  ...(endpoint !== null && { endpoint }),
  forcePathStyle: searchParams.get('pathStyle') === 'true',
});

for (const bucket of process.argv.slice(2)) {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    console.log(`${bucket}: made`);
  } catch (error) {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
    console.log(`${bucket}: is there`);
  }
}
