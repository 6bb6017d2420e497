// app/photos/[id]/route.ts: GET /photos/{id}, which a page asks until `status` is completed; its
// `pictureHtml` has every variant that is there, also before.
import { darkroom } from '@/app/darkroom';

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const image = await (await darkroom()).image((await params).id);
  return image === undefined
    ? Response.json({ error: 'There is no such photograph.' }, { status: 404 })
    : Response.json(image);
}
